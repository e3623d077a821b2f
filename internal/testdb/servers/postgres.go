//go:build linux

package servers

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// postgres is one PostgreSQL major version.
type postgres struct {
	up  *up
	bin string // the directory of initdb and postgres
	// copyFrom is a tree of programs that the account cannot enter where it lies: it is copied beside the data.
	copyFrom string
	more     string // settings, a line each
}

func (p *postgres) url(port int) string {
	return fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
}

func (p *postgres) stopSignal() syscall.Signal { return syscall.SIGINT } // SIGTERM would wait for clients

func (p *postgres) prepare(ctx context.Context, dir string) error {
	if p.copyFrom != "" {
		if err := p.copyPrograms(filepath.Join(dir, "native")); err != nil {
			return err
		}
	}
	return p.initdb(ctx, dir, p.programs(dir), filepath.Join(dir, "data"))
}

// programs returns the directory of initdb and postgres for the server of dir.
func (p *postgres) programs(dir string) string {
	if p.copyFrom != "" {
		return filepath.Join(dir, "native", "bin")
	}
	return p.bin
}

func (p *postgres) serve(ctx context.Context, dir string, port int) (*process, error) {
	data := filepath.Join(dir, "data")
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conf, postgresConf+"%s", port, p.more)
	if cerr := conf.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	ready := func(proc process) (bool, error) { return postgresReady(data, port, proc), nil }
	return p.up.daemon(ctx, dir, syscall.SIGQUIT, ready, filepath.Join(p.programs(dir), "postgres"), "-D", data)
}

// postgresConf gives up durability for speed; nothing is kept. There is no Unix socket, whose path might be too long, and no POSIX shared
// memory, which a killed server would leave behind.
const postgresConf = `
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = logical
max_wal_senders = 10
max_replication_slots = 10
max_prepared_transactions = 50
max_connections = 200
shared_buffers = 64MB
log_min_messages = warning
log_statement = none
`

func (p *postgres) initdb(ctx context.Context, dir, bin, data string) error {
	var out []byte
	var err error
	for _, locale := range []string{"C.UTF-8", "C"} {
		c := p.up.command(ctx, dir, filepath.Join(bin, "initdb"),
			"-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale="+locale)
		if out, err = c.CombinedOutput(); err == nil {
			return nil
		}
		os.RemoveAll(data)
	}
	return permanentError{fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))}
}

// postgresReady asks the server itself, and the pid file whether that server is ours.
func postgresReady(data string, port int, proc process) bool {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) < 8 || strings.TrimSpace(lines[0]) != itoa(proc.PID) || strings.TrimSpace(lines[7]) != "ready" {
		return false
	}
	answer := talk(port, startupMessage("postgres"))
	return len(answer) > 0 && answer[0] == 'R'
}

// startupMessage opens a session of PostgreSQL's protocol 3.0 for the user.
func startupMessage(name string) string {
	body := "user\x00" + name + "\x00database\x00postgres\x00\x00"
	head := binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))
	head = binary.BigEndian.AppendUint32(head, 3<<16)
	return string(head) + body
}

func (u *up) postgres(ctx context.Context, n Name) (*postgres, error) {
	major := strings.TrimPrefix(string(n), "pg")
	if bin := findPostgres(major); bin != "" {
		return &postgres{up: u, bin: bin}, nil
	}
	native, err := u.npmPostgres(ctx, n)
	if err != nil {
		return nil, err
	}
	p := &postgres{up: u, bin: filepath.Join(native, "bin")}
	if u.account.reaches(native) != nil {
		p.copyFrom = native
	}
	return p, nil
}

// findPostgres returns the directory of a version's programs, or an empty string.
func findPostgres(major string) string {
	dirs := []string{"/usr/lib/postgresql/" + major + "/bin", "/usr/pgsql-" + major + "/bin"}
	if found, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(found); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, d := range dirs {
		out, err := exec.Command(filepath.Join(d, "postgres"), "--version").Output()
		version := strings.TrimPrefix(strings.TrimSpace(string(out)), "postgres (PostgreSQL) ")
		if err == nil && (version == major || strings.HasPrefix(version, major+".")) && isFile(filepath.Join(d, "initdb")) {
			return d
		}
	}
	return ""
}

// copyPrograms puts the downloaded programs where the account can run them.
func (p *postgres) copyPrograms(to string) error {
	if out, err := exec.Command("cp", "-a", p.copyFrom, to).CombinedOutput(); err != nil {
		return permanentError{fmt.Errorf("copy %s: %w: %s", p.copyFrom, err, out)}
	}
	return p.up.account.ownTree(to)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
