//go:build linux

// Package servers finds, installs, starts and stops the database servers that the tests run against.
//
// It knows processes, packages and data directories, and nothing of SQL or the library. Each server listens on a free port of the
// loopback address and lives in one directory, which Down removes. It runs as root (the servers then run as an unprivileged account)
// and as an ordinary user.
package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// Name is a server that this package can provide.
type Name string

// The servers. PgBouncer stands in front of PG15. Of Galera only the programs are provided: its clusters are started by the tests that need
// them (Own). Chromium is no server: it is the browser of tests of pages, and only installed.
const (
	PG15      Name = "pg15"
	PG18      Name = "pg18"
	MariaDB   Name = "mariadb"
	PgBouncer Name = "pgbouncer"
	Galera    Name = "galera"
	Chromium  Name = "chromium"
)

// All lists the servers in the order in which they are reported.
var All = []Name{PG15, PG18, MariaDB, PgBouncer, Galera, Chromium}

// Env returns the environment variable that carries the server's URL.
func (n Name) Env() string {
	switch n {
	case PG15:
		return testdb.EnvPG15
	case PG18:
		return testdb.EnvPG18
	case MariaDB:
		return testdb.EnvMariaDB
	case PgBouncer:
		return testdb.EnvPgBouncer
	case Galera:
		return testdb.EnvGalera
	case Chromium:
		return testdb.EnvChromium
	}
	return ""
}

// Options say where and how the servers are to live.
type Options struct {
	// Dir holds data, logs and state. It is made when missing.
	Dir string
	// Only names the servers that are wanted; empty means all.
	Only []Name
	// Install allows missing programs to be installed: by apt-get as root, by npm as any user.
	Install bool
	// DieWithParent ends the servers when the calling process dies without stopping them; Sweep then removes their files.
	DieWithParent bool
	// Log gets progress, a line each.
	Log io.Writer
	// Getenv reads the environment; nil means os.Getenv.
	Getenv func(string) string
}

// Result says what the tests can use.
type Result struct {
	// URLs by server, found or started.
	URLs map[Name]string
	// Absent holds the reason for each server that this machine cannot have, and that its tests may do without.
	Absent map[Name]string
}

// Environ returns the result as environment entries, in the order of All.
func (r Result) Environ() []string {
	var env []string
	for _, n := range All {
		if u := r.URLs[n]; u != "" {
			env = append(env, n.Env()+"="+u)
		} else if why := r.Absent[n]; why != "" {
			env = append(env, n.Env()+testdb.AbsentSuffix+"="+why)
		}
	}
	return env
}

// absentError is the reason why a server cannot be had here and may be done without.
type absentError struct{ reason string }

func (e absentError) Error() string { return e.reason }

// Up provides the servers: one whose URL is in the environment is taken as it is, one that runs from opt.Dir already is kept, and the
// rest are started. On an error the servers that did start keep running until Down.
func Up(ctx context.Context, opt Options) (Result, error) {
	if opt.Getenv == nil {
		opt.Getenv = os.Getenv
	}
	u, err := begin(opt)
	if err != nil {
		return Result{}, err
	}
	defer u.state.unlock()
	if err := u.installPackages(ctx); err != nil {
		return Result{}, err
	}
	var wg sync.WaitGroup
	for _, n := range []Name{PG15, PG18, MariaDB} {
		if u.wanted(n) || n == PG15 && u.wanted(PgBouncer) {
			wg.Go(func() { u.provide(ctx, n) })
		}
	}
	wg.Wait()
	if u.wanted(PgBouncer) && u.result.URLs[PG15] != "" {
		u.provide(ctx, PgBouncer)
	}
	return u.result, errors.Join(u.errs...)
}

// up is one call of Up.
type up struct {
	opt     Options
	account account
	state   *state
	port    func() (int, error)

	mu     sync.Mutex
	result Result
	errs   []error
}

func begin(opt Options) (*up, error) {
	acc, err := serverAccount()
	if err != nil {
		return nil, err
	}
	st, err := openState(opt.Dir)
	if err != nil {
		return nil, err
	}
	if err := acc.reaches(st.dir); err != nil {
		st.unlock()
		return nil, err
	}
	if opt.DieWithParent {
		st.Owner = self()
		if err := st.save(); err != nil {
			st.unlock()
			return nil, err
		}
	}
	return &up{
		opt: opt, account: acc, state: st, port: freePort,
		result: Result{URLs: map[Name]string{}, Absent: map[Name]string{}},
	}, nil
}

func (u *up) wanted(n Name) bool {
	if len(u.opt.Only) == 0 {
		return true
	}
	for _, o := range u.opt.Only {
		if o == n {
			return true
		}
	}
	return false
}

// running returns the URL of a server that need not be started, and where it comes from.
func (u *up) running(n Name) (url, from string) {
	if url = u.opt.Getenv(n.Env()); url != "" {
		return url, "is up"
	}
	if s, ok := u.state.server(n); ok && s.Process.alive() && s.Behind == u.behind(n) {
		return s.URL, "already running"
	}
	return "", ""
}

// behind returns the URL of the server that n stands in front of, as far as it is known yet.
func (u *up) behind(n Name) string {
	if n != PgBouncer {
		return ""
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.result.URLs[PG15]
}

func (u *up) provide(ctx context.Context, n Name) {
	begun := time.Now()
	url, how := u.running(n)
	var err error
	if url == "" {
		url, err = u.start(ctx, n)
		how = fmt.Sprintf("started in %.1f s", time.Since(begun).Seconds())
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	var absent absentError
	switch {
	case errors.As(err, &absent):
		u.result.Absent[n] = absent.reason
		u.logf("%s is absent: %s", n, absent.reason)
	case err != nil:
		u.errs = append(u.errs, fmt.Errorf("testdb: %s: %w", n, err))
	default:
		u.result.URLs[n] = url
		u.logf("%s %s: %s", n, how, hidePassword(url))
	}
}

func (u *up) logf(format string, args ...any) {
	if u.opt.Log != nil {
		fmt.Fprintf(u.opt.Log, "testdb: "+format+"\n", args...)
	}
}

// product starts one kind of server. prepare fills an empty directory that belongs to the account; serve starts the server on a free
// port and returns once it answers. After the server's end serve may be called again.
type product interface {
	prepare(ctx context.Context, dir string) error
	serve(ctx context.Context, dir string, port int) (*process, error)
	url(port int) string
	// stopSignal asks the server to end without waiting for its clients.
	stopSignal() syscall.Signal
}

func (u *up) product(ctx context.Context, n Name) (product, error) {
	switch n {
	case MariaDB:
		return u.mariadb()
	case PgBouncer:
		return u.pgbouncer(u.behind(n))
	}
	return u.postgres(ctx, n)
}

// portTries is how many ports are tried: between choosing a free one and listening on it, another program may take it.
const portTries = 4

func (u *up) start(ctx context.Context, n Name) (string, error) {
	p, err := u.product(ctx, n)
	if err != nil {
		return "", err
	}
	if old, ok := u.state.server(n); ok {
		// It runs, but in front of a server that is gone; or it is dead, and this does nothing.
		if err := old.stop(ctx); err != nil {
			return "", err
		}
	}
	for i := 1; ; i++ {
		url, err := u.startOnce(ctx, n, p)
		if err == nil || i == portTries || ctx.Err() != nil || errors.As(err, new(permanentError)) {
			return url, err
		}
	}
}

func (u *up) startOnce(ctx context.Context, n Name, p product) (string, error) {
	port, err := u.port()
	if err != nil {
		return "", err
	}
	dir, err := u.state.freshDir(n)
	if err != nil {
		return "", err
	}
	if err := u.account.own(dir); err != nil {
		return "", err
	}
	err = p.prepare(ctx, dir)
	var proc *process
	if err == nil {
		proc, err = p.serve(ctx, dir, port)
	}
	if err != nil {
		tail := logTail(filepath.Join(dir, logFile))
		os.RemoveAll(dir)
		return "", fmt.Errorf("%w%s", err, tail)
	}
	s := server{Name: n, Dir: dir, URL: p.url(port), Process: *proc, Signal: p.stopSignal(), Behind: u.behind(n)}
	return p.url(port), u.state.add(s)
}
