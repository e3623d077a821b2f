//go:build linux

package servers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// mariadb is MariaDB as the distribution has it.
type mariadb struct {
	up              *up
	server, install string // the paths of mariadbd and mariadb-install-db
	more            []string
	sql             string // more statements at every start
}

func (m *mariadb) url(port int) string {
	return fmt.Sprintf("mariadb://app:secret@127.0.0.1:%d/test", port)
}

// mariadbInit makes the tests' user at every start. Its privileges are given one by one: ALL holds READ_ONLY ADMIN, and with it a test of
// a read-only server would write.
const mariadbInit = `CREATE DATABASE IF NOT EXISTS test;
CREATE USER IF NOT EXISTS app@'127.0.0.1' IDENTIFIED BY 'secret';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, TRIGGER, CREATE TEMPORARY TABLES, EXECUTE, EVENT, RELOAD, PROCESS, CONNECTION ADMIN, CREATE USER ON *.* TO app@'127.0.0.1';
`

func (m *mariadb) stopSignal() syscall.Signal { return syscall.SIGTERM }

func (m *mariadb) prepare(ctx context.Context, dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "init.sql"), []byte(mariadbInit+m.sql), 0o644); err != nil {
		return err
	}
	c := m.up.command(ctx, dir, m.install, "--no-defaults", "--datadir="+filepath.Join(dir, "data"),
		"--auth-root-authentication-method=normal", "--skip-test-db")
	if out, err := c.CombinedOutput(); err != nil {
		return permanentError{fmt.Errorf("mariadb-install-db: %w: %s", err, strings.TrimSpace(string(out)))}
	}
	return nil
}

// mariadbDeath ends a server whose data nobody needs. On any other signal a node that is being sent the data of a cluster waits for it.
const mariadbDeath = syscall.SIGKILL

func (m *mariadb) serve(ctx context.Context, dir string, port int) (*process, error) {
	return m.up.daemon(ctx, dir, mariadbDeath, m.answers(dir, port), m.server, append(m.settings(dir, port), m.more...)...)
}

// answers says whether the server of dir does. The greeting is sent only after the init file has run. The pid file proves that it is
// ours who answers at the port.
func (m *mariadb) answers(dir string, port int) func(p process) (bool, error) {
	return func(p process) (bool, error) {
		pid, err := os.ReadFile(filepath.Join(dir, "pid"))
		return err == nil && strings.TrimSpace(string(pid)) == itoa(p.PID) && isGreeting(talk(port, "")), nil
	}
}

// isGreeting recognizes the first packet of the MySQL protocol: length, number 0, protocol version 10.
func isGreeting(b []byte) bool { return len(b) > 5 && b[3] == 0 && b[4] == 10 }

// settings gives up durability for speed. The socket's path is relative to the data directory, so that it is never too long.
func (m *mariadb) settings(dir string, port int) []string {
	return []string{
		"--no-defaults", "--datadir=" + filepath.Join(dir, "data"), "--socket=s",
		"--pid-file=" + filepath.Join(dir, "pid"), "--init-file=" + filepath.Join(dir, "init.sql"),
		"--port=" + itoa(port), "--bind-address=127.0.0.1", "--skip-name-resolve",
		"--character-set-server=utf8mb4", "--max-connections=300", "--max-allowed-packet=64M",
		"--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--sync-binlog=0",
		"--innodb-buffer-pool-size=64M", "--innodb-fast-shutdown=2",
	}
}

func (u *up) mariadb() (*mariadb, error) {
	server, install := findProgram("mariadbd"), findProgram("mariadb-install-db")
	if server == "" || install == "" {
		return nil, u.missing("mariadbd", "mariadb-server-core")
	}
	return &mariadb{up: u, server: server, install: install}, nil
}

// findProgram looks in PATH and in the system's directories, which an ordinary user's PATH may lack.
func findProgram(name string) string {
	if p, err := exec.LookPath(name); err == nil {
		if abs, err := filepath.Abs(p); err == nil {
			return abs
		}
	}
	for _, d := range []string{"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"} {
		if p := filepath.Join(d, name); isFile(p) {
			return p
		}
	}
	return ""
}
