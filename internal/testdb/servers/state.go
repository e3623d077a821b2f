//go:build linux

package servers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	stateFile = "state.json"
	lockFile  = "lock"
	logFile   = "log"
)

// server is one started server as the state file keeps it.
type server struct {
	Name    Name
	Dir     string
	URL     string
	Process process
	// Signal asks it to end.
	Signal syscall.Signal
	// Behind is the URL of the server that this one stands in front of.
	Behind string `json:",omitempty"`
}

// state is what one directory holds. The lock file keeps two commands from changing it at once.
type state struct {
	dir  string
	lock *os.File

	mu      sync.Mutex
	Servers []server
	// Owner, if set, is the process that the servers live and die with.
	Owner *process `json:",omitempty"`
	// EnvFiles are the files outside the directory that Down removes too.
	EnvFiles []string
}

// openState makes the directory if needed, waits for its lock and reads what it holds.
func openState(dir string) (*state, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("testdb: %w", err)
	}
	if !mine(dir) {
		return nil, fmt.Errorf("testdb: %s belongs to another user: choose another directory with -dir", dir)
	}
	lock, err := lockPath(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	s := &state{dir: dir, lock: lock}
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.unlock()
		return nil, fmt.Errorf("testdb: read state of %s: %w", dir, err)
	}
	return s, nil
}

// mine says whether the directory belongs to the calling user. The default one has a name that others can guess.
func mine(dir string) bool {
	var st syscall.Stat_t
	return syscall.Stat(dir, &st) == nil && int(st.Uid) == os.Geteuid()
}

// Running returns the URLs of the servers that an earlier Up started from dir and that still run, by environment variable.
func Running(dir string) map[string]string {
	var s state
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	urls := map[string]string{}
	if err != nil || !mine(dir) || json.Unmarshal(text, &s) != nil {
		return urls
	}
	for _, v := range s.Servers {
		if v.Process.alive() {
			urls[v.Name.Env()] = v.URL
		}
	}
	return urls
}

// lockPath waits until no other process holds the file.
func lockPath(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("testdb: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("testdb: lock %s: %w", path, err)
	}
	return f, nil
}

func (s *state) unlock() { s.lock.Close() }

func (s *state) server(n Name) (server, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.Servers {
		if v.Name == n {
			return v, true
		}
	}
	return server{}, false
}

// add records a server in place of a dead one of the same name.
func (s *state) add(v server) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.Servers[:0]
	for _, o := range s.Servers {
		if o.Name == v.Name {
			os.RemoveAll(o.Dir)
			continue
		}
		kept = append(kept, o)
	}
	s.Servers = append(kept, v)
	return s.save()
}

// replace records a server anew that was started again from the same directory.
func (s *state) replace(v server) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.Servers {
		if s.Servers[i].Name == v.Name {
			s.Servers[i] = v
			return s.save()
		}
	}
	s.Servers = append(s.Servers, v)
	return s.save()
}

func (s *state) save() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, stateFile), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("testdb: save state: %w", err)
	}
	return nil
}

// freshDir makes an empty directory for a new start of the server. It is never one that was used before: what a killed server left in
// it (lock files, children that still write) must not meet the new one.
func (s *state) freshDir(n Name) (string, error) {
	d, err := os.MkdirTemp(s.dir, string(n)+"-")
	if err != nil {
		return "", fmt.Errorf("testdb: %w", err)
	}
	return d, os.Chmod(d, 0o755)
}

// WriteEnv writes the URLs to a file that a shell can read, a NAME=URL line each. Down removes it too.
func WriteEnv(dir, file string, r Result) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	s, err := openState(dir)
	if err != nil {
		return err
	}
	defer s.unlock()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("testdb: %w", err)
	}
	text := strings.Join(Result{URLs: r.URLs}.Environ(), "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("testdb: %w", err)
	}
	for _, f := range s.EnvFiles {
		if f == file {
			return nil
		}
	}
	s.EnvFiles = append(s.EnvFiles, file)
	return s.save()
}

// Down stops every server that was started from dir, and removes what Up and WriteEnv made; dir itself only when nothing else is in
// it. A directory without servers is no error.
func Down(ctx context.Context, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, lockFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s, err := openState(dir)
	if err != nil {
		return err
	}
	defer s.unlock()
	// PgBouncer first, so that PostgreSQL has no client left.
	var errs []error
	for i := len(s.Servers) - 1; i >= 0; i-- {
		errs = append(errs, s.Servers[i].stop(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.awaitReaping(ctx)
	dirs, err := s.serverDirs()
	if err != nil {
		return err
	}
	if err := endOrphans(dirs); err != nil {
		return fmt.Errorf("testdb: %w", err)
	}
	return s.remove(dirs)
}

// Sweep stops and removes what runs left behind that were killed before they could. It looks beside dir, one of TempDir, and leaves
// alone what a living process owns and what it cannot read.
func Sweep(ctx context.Context, dir string) error {
	siblings, err := filepath.Glob(filepath.Join(filepath.Dir(dir), tempPrefix+"*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range siblings {
		var s state
		text, err := os.ReadFile(filepath.Join(d, stateFile))
		if d == dir || err != nil || json.Unmarshal(text, &s) != nil {
			continue
		}
		if s.Owner != nil && !s.Owner.alive() {
			errs = append(errs, Down(ctx, d))
		}
	}
	return errors.Join(errs...)
}

// awaitReaping waits a moment until the ended servers have left the process table. How soon is up to their parent, which is the system's
// init process for the servers of an earlier command, so running out of time is no error.
func (s *state) awaitReaping(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_ = poll(ctx, func() (bool, error) {
		for _, v := range s.Servers {
			if _, begun := procStat(v.Process.PID); begun == v.Process.Begun {
				return false, nil
			}
		}
		return true, nil
	})
}

func (v server) stop(ctx context.Context) error {
	if err := v.Process.stop(ctx, v.Signal, 20*time.Second); err != nil {
		return fmt.Errorf("testdb: stop %s: %w", v.Name, err)
	}
	return nil
}

// serverDirs returns the directories of all servers, also of those that never answered.
func (s *state) serverDirs() ([]string, error) {
	var dirs []string
	for _, n := range append([]Name{ownName}, All...) {
		some, err := filepath.Glob(filepath.Join(s.dir, string(n)+"-*"))
		if err != nil {
			return nil, fmt.Errorf("testdb: %w", err)
		}
		dirs = append(dirs, some...)
	}
	return dirs, nil
}

func (s *state) remove(dirs []string) error {
	var errs []error
	for _, d := range dirs {
		errs = append(errs, os.RemoveAll(d))
	}
	for _, f := range append(s.EnvFiles, filepath.Join(s.dir, stateFile), filepath.Join(s.dir, lockFile)) {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("testdb: remove %s: %w", s.dir, err)
	}
	// Not empty means that somebody else's file is in it: that is theirs to remove.
	os.Remove(s.dir)
	return nil
}
