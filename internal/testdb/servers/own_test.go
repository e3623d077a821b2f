//go:build linux

package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// ownHelper makes this test program start servers of its own and wait, to be killed.
const ownHelper = "TESTDB_OWN_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(ownHelper) == "1" {
		helper()
		return
	}
	os.Exit(m.Run())
}

// helper tells its directory and its server's pid.
func helper() {
	o, err := NewOwn(context.Background(), nil)
	if err != nil {
		panic(err)
	}
	var s *Server
	if os.Getenv(ownHelper+"_KIND") == string(MariaDB) {
		s, err = o.MariaDB(context.Background())
	} else {
		s, err = o.Postgres(context.Background())
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(o.up.state.dir, s.process.PID, s.process.Begun)
	time.Sleep(time.Hour)
}

// own returns an empty set of servers, which is closed with the test.
func own(t *testing.T, only ...Name) *Own {
	t.Helper()
	ownDir(t, only...) // skips, or fails, where programs are missing
	o, err := NewOwn(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(o.up.state.dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there after Close: %v", filepath.Base(o.up.state.dir), err)
		}
	})
	return o
}

func TestOwnServerStartsAgainOnItsData(t *testing.T) {
	o := own(t, MariaDB)
	s, err := o.MariaDB(t.Context(), "--innodb-autoinc-lock-mode=2")
	if err != nil {
		t.Fatal(err)
	}
	url, mark := s.URL(), filepath.Join(s.dir, "data", "test", "mark")
	for name, end := range map[string]func(context.Context) error{"stopped": s.Stop, "killed": s.Kill} {
		if err := os.WriteFile(mark, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := end(t.Context()); err != nil || s.process.alive() || len(talk(s.port, "")) > 0 {
			t.Errorf("%s: got %v and a server that runs", name, err)
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := os.Stat(mark); err != nil || s.URL() != url || !isGreeting(talk(s.port, "")) {
			t.Errorf("%s: got %v and %s, want the server again with its data at %s", name, err, s.URL(), url)
		}
	}
}

func TestStandbyFollows(t *testing.T) {
	o := own(t, PG15)
	p, err := o.Postgres(t.Context(), "synchronous_commit = on", "synchronous_standby_names = '"+StandbyName+"'")
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.Standby(t.Context(), p, "synchronous_standby_names = ''")
	if errors.Is(err, ErrMissing) {
		testdb.Missing(t, "a standby of PostgreSQL", testdb.EnvPG15, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !answers(t, s.URL()) || s.URL() == p.URL() {
		t.Errorf("the standby at %s does not answer", s.URL())
	}
	if _, err := os.Stat(filepath.Join(s.dir, "data", "standby.signal")); err != nil {
		t.Errorf("the second server is no standby: %v", err)
	}
}

// A test that is killed leaves servers that end by themselves, and files that the next one removes.
func TestOwnServersOfAKilledTest(t *testing.T) {
	for _, kind := range []Name{PG15, MariaDB} {
		t.Run(string(kind), func(t *testing.T) {
			own(t, kind)
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), ownHelper+"=1", ownHelper+"_KIND="+string(kind))
			dir, server := startHelper(t, c)
			if !server.alive() {
				t.Fatal("the server does not run")
			}
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait() // it was killed
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if err := server.waitEnd(ctx); err != nil {
				t.Errorf("the server outlives its test: %v", err)
			}
			own(t, kind)
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is still there: %v", filepath.Base(dir), err)
			}
		})
	}
}

// What a killed server has started works on in its directory, in a session without a leader.
func TestOrphansOfAKilledServerAreEnded(t *testing.T) {
	dir := t.TempDir()
	c := exec.Command("sh", "-c", "sleep 600 & echo $!; exec sleep 600")
	c.Dir, c.SysProcAttr = dir, &syscall.SysProcAttr{Setsid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	orphan := process{PID: child}
	_, orphan.Begun = procStat(child)
	if err := endOrphans([]string{dir}); err != nil || !orphan.alive() {
		t.Errorf("with its leader: got %v and alive %v, want it to live", err, orphan.alive())
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	if err := endOrphans([]string{dir + "x"}); err != nil || !orphan.alive() {
		t.Errorf("of another directory: got %v and alive %v, want it to live", err, orphan.alive())
	}
	if err := endOrphans([]string{dir}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := orphan.waitEnd(ctx); err != nil {
		t.Errorf("the orphan lives: %v", err)
	}
}

// startHelper starts this test program as the helper, and returns what it tells.
func startHelper(t *testing.T, c *exec.Cmd) (dir string, server process) {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(strings.TrimSpace(line), &dir, &server.PID, &server.Begun); err != nil {
		t.Fatal(err)
	}
	return dir, server
}
