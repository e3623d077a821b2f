//go:build linux

package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ownName begins the names of servers that belong to one test.
const ownName Name = "own"

// Own is servers of one test's own, which it may configure, kill and start again. They are used by one goroutine at a time, end with the
// process at the latest, and leave nothing behind after Close. Where the process is killed the next Sweep removes their files.
type Own struct {
	up    *up
	count int
}

// NewOwn returns an empty set. log gets progress, a line each; it may be nil.
func NewOwn(ctx context.Context, log io.Writer) (*Own, error) {
	dir, err := TempDir()
	if err != nil {
		return nil, err
	}
	if err := Sweep(ctx, dir); err != nil {
		return nil, err
	}
	u, err := begin(Options{Dir: dir, DieWithParent: true, Log: log, Getenv: func(string) string { return "" }})
	if err != nil {
		return nil, err
	}
	u.state.unlock() // nobody else knows the directory, and Down takes the lock
	return &Own{up: u}, nil
}

// Close stops all servers and removes their files.
func (o *Own) Close(ctx context.Context) error { return Down(ctx, o.up.state.dir) }

// Server is one server of a test's own.
type Server struct {
	own     *Own
	name    Name
	product product
	dir     string
	port    int
	process process
	program string // the file that it executes
}

// mariadbAdmin makes a user who may change what is global, for AdminURL.
const mariadbAdmin = `CREATE USER IF NOT EXISTS admin@'127.0.0.1' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO admin@'127.0.0.1';
`

// MariaDB starts a MariaDB with settings such as "--innodb-autoinc-lock-mode=2".
func (o *Own) MariaDB(ctx context.Context, settings ...string) (*Server, error) {
	m, err := o.up.mariadb()
	if err != nil {
		return nil, err
	}
	m.more, m.sql = settings, mariadbAdmin
	return o.start(ctx, m)
}

// Postgres starts a PostgreSQL 15 with settings such as "log_statement = all".
func (o *Own) Postgres(ctx context.Context, settings ...string) (*Server, error) {
	p, err := o.up.postgres(ctx, PG15)
	if err != nil {
		return nil, err
	}
	p.more = lines(settings)
	return o.start(ctx, p)
}

func lines(settings []string) string {
	if len(settings) == 0 {
		return ""
	}
	return strings.Join(settings, "\n") + "\n"
}

func (o *Own) start(ctx context.Context, p product) (*Server, error) {
	s := o.reserve(p)
	return s, s.launch(ctx)
}

// reserve names a server.
func (o *Own) reserve(p product) *Server {
	o.count++
	return &Server{own: o, name: Name(fmt.Sprintf("%s-%d", ownName, o.count)), product: p}
}

// launch prepares the server and starts it, on another port where the first was taken meanwhile.
func (s *Server) launch(ctx context.Context) (err error) {
	u := s.own.up
	if s.dir, err = u.state.freshDir(s.name); err != nil {
		return err
	}
	if err := u.account.own(s.dir); err != nil {
		return err
	}
	if err := s.product.prepare(ctx, s.dir); err != nil {
		return err
	}
	for i := 1; ; i++ {
		if s.port, err = u.port(); err != nil {
			return err
		}
		err = s.Start(ctx)
		if err == nil || i == portTries || ctx.Err() != nil || errors.As(err, new(permanentError)) {
			return err
		}
	}
}

// Start starts the server on the data that it has, at the port that it had, and returns once it answers. One that runs is left alone.
func (s *Server) Start(ctx context.Context) error {
	if s.process.alive() {
		return nil
	}
	begun := time.Now()
	if err := s.deserted(ctx); err != nil {
		return err
	}
	p, err := s.product.serve(ctx, s.dir, s.port)
	if err != nil {
		return fmt.Errorf("testdb: %s: %w%s", s.name, err, logTail(filepath.Join(s.dir, logFile)))
	}
	s.process, s.program = *p, program(p.PID)
	s.own.up.logf("%s started in %.1f s: %s", s.name, time.Since(begun).Seconds(), hidePassword(s.URL()))
	return s.own.up.state.replace(server{Name: s.name, Dir: s.dir, URL: s.URL(), Process: *p, Signal: s.product.stopSignal()})
}

// deserted waits until nothing of a server that was killed works on its data: the processes of PostgreSQL end by themselves, a moment after
// their first. One that is ending has no program any more, and still its memory, which it shares with the others.
func (s *Server) deserted(ctx context.Context) error {
	if s.program == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := poll(ctx, func() (bool, error) {
		pids, err := working([]string{s.dir})
		return !slices.ContainsFunc(pids, s.executes), err
	})
	if err != nil {
		return fmt.Errorf("testdb: %s: processes of the server that was killed are still there: %w", s.name, err)
	}
	return nil
}

// executes says whether the process, which works in the server's directory, is one of the server's: others may be scripts.
func (s *Server) executes(pid int) bool {
	p := program(pid)
	return p == s.program || p == ""
}

// Stop asks the server to end, as an administrator would, and waits until it has.
func (s *Server) Stop(ctx context.Context) error {
	return s.process.stop(ctx, s.product.stopSignal(), 30*time.Second)
}

// Kill ends the server at once, as a crash does.
func (s *Server) Kill(ctx context.Context) error {
	return s.process.stop(ctx, syscall.SIGKILL, 10*time.Second)
}

// Pause holds the server until Resume, as a machine that has no time for it does: it keeps its connections and does not answer.
func (s *Server) Pause() error { return syscall.Kill(s.process.PID, syscall.SIGSTOP) }

// Resume lets a server go on that Pause holds.
func (s *Server) Resume() error { return syscall.Kill(s.process.PID, syscall.SIGCONT) }

// URL returns the server's URL, in the form of the shared server of the same kind.
func (s *Server) URL() string { return s.product.url(s.port) }

// AdminURL returns the URL with a user who may do everything.
func (s *Server) AdminURL() string { return strings.Replace(s.URL(), "//app:", "//admin:", 1) }

// Address returns host and port.
func (s *Server) Address() string { return "127.0.0.1:" + itoa(s.port) }

// LogTail returns the last lines of the server's log.
func (s *Server) LogTail() string { return logTail(filepath.Join(s.dir, logFile)) }

// standby is a copy of a running server that follows it.
type standby struct {
	*postgres
	primary *Server
}

// StandbyName is the application_name by which a standby tells the primary who it is, for synchronous_standby_names.
const StandbyName = "standby"

// Standby starts a copy of a PostgreSQL server that follows it by streaming.
func (o *Own) Standby(ctx context.Context, primary *Server, settings ...string) (*Server, error) {
	p, err := o.up.postgres(ctx, PG15)
	if err != nil {
		return nil, err
	}
	p.more = lines(settings)
	if !isFile(filepath.Join(p.bin, "pg_basebackup")) {
		return nil, o.up.missing("pg_basebackup", "postgresql-client-15")
	}
	return o.start(ctx, &standby{postgres: p, primary: primary})
}

func (s *standby) prepare(ctx context.Context, dir string) error {
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=%s", s.primary.port, StandbyName)
	c := s.up.command(ctx, dir, filepath.Join(s.programs(dir), "pg_basebackup"),
		"-d", from, "-D", filepath.Join(dir, "data"), "-R", "-X", "stream", "--checkpoint=fast", "--no-sync")
	if out, err := c.CombinedOutput(); err != nil {
		return permanentError{fmt.Errorf("pg_basebackup: %w: %s", err, strings.TrimSpace(string(out)))}
	}
	return nil
}
