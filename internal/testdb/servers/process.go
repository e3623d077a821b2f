//go:build linux

package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// permanentError is a failure that another port would not mend.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// process names one process for good: a pid alone may be given to another program later.
type process struct {
	PID int
	// Begun is the start time in clock ticks since boot.
	Begun string
	// reaped is closed once the kernel has forgotten the process, with all of its threads and locks. It is nil for a process that another
	// program started.
	reaped <-chan struct{}
}

// self names the calling process.
func self() *process {
	_, begun := procStat(os.Getpid())
	return &process{PID: os.Getpid(), Begun: begun}
}

// alive tells whether the process runs. A killed server stays a zombie until its parent waits for it; that is not running.
func (p process) alive() bool {
	state, begun := procStat(p.PID)
	return begun != "" && begun == p.Begun && state != "Z" && state != "X"
}

// procStat returns a process's state letter and start time (fields 3 and 22 of proc(5)'s stat), or empty strings.
func procStat(pid int) (state, begun string) {
	if f := procFields(pid); f != nil {
		return f[0], f[19]
	}
	return "", ""
}

// procFields returns the fields of stat from the third on, or nil.
func procFields(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	// The second field is the command in parentheses and may hold spaces.
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	f := strings.Fields(rest)
	if len(f) < 20 {
		return nil
	}
	return f
}

// endOrphans kills what a killed server has left: programs that work in one of the directories and whose session has lost its leader, which
// was the server.
func endOrphans(dirs []string) error {
	pids, err := working(dirs)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		f := procFields(pid)
		if f == nil {
			continue
		}
		if leader, err := strconv.Atoi(f[3]); err != nil || leader == pid || procFields(leader) != nil {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

// working returns the processes that work in one of the directories.
func working(dirs []string) (pids []int, err error) {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err != nil || !within(cwd, dirs) {
			continue // it has ended, or is somebody else's
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// program returns the file that a process executes, "" where it has ended.
func program(pid int) string {
	file, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return ""
	}
	return file
}

// within says whether the path is one of the directories or below.
func within(path string, dirs []string) bool {
	for _, d := range dirs {
		if path == d || strings.HasPrefix(path, d+"/") {
			return true
		}
	}
	return false
}

// stop sends the signal, and kills the process if it is still there after the grace time.
func (p process) stop(ctx context.Context, sig syscall.Signal, grace time.Duration) error {
	patient, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if !p.alive() {
		return p.waitEnd(patient)
	}
	if err := syscall.Kill(p.PID, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	if p.waitEnd(patient) == nil {
		return nil
	}
	if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return p.waitEnd(last)
}

func (p process) waitEnd(ctx context.Context) error {
	if p.reaped != nil {
		select {
		case <-p.reaped:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return poll(ctx, func() (bool, error) { return !p.alive(), nil })
}

// poll calls done every few milliseconds until it says true, fails, or ctx ends.
func poll(ctx context.Context, done func() (bool, error)) error {
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// command prepares a program that runs as the account, in dir, with a clean environment: PGOPTIONS and the like must not reach it.
func (u *up) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = dir
	c.Env = []string{
		"PATH=" + filepath.Dir(program) + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C.UTF-8",
	}
	c.SysProcAttr = u.account.attr()
	return c
}

// daemon starts a program that outlives this call, with its output in the log file of dir, and waits until ready says that it serves. death
// is the signal that it gets where it is to die with this process.
func (u *up) daemon(ctx context.Context, dir string, death syscall.Signal, ready func(process) (bool, error), program string, args ...string) (*process, error) {
	// The log is opened here and handed down: a file that root made would be closed to the account.
	log, err := os.OpenFile(filepath.Join(dir, logFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c := u.command(context.WithoutCancel(ctx), dir, program, args...)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr.Setsid = true
	if u.opt.DieWithParent {
		c.SysProcAttr.Pdeathsig = death
	}
	exited, err := StartAndReap(c)
	if err != nil {
		return nil, permanentError{fmt.Errorf("start %s: %w", program, err)}
	}
	p := process{PID: c.Process.Pid, reaped: exited}
	_, p.Begun = procStat(p.PID)
	limited, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	err = poll(limited, func() (bool, error) {
		select {
		case <-exited:
			return false, fmt.Errorf("%s ended at once: %s", filepath.Base(program), c.ProcessState)
		default:
			return ready(p)
		}
	})
	if err != nil {
		return nil, errors.Join(err, p.stop(context.WithoutCancel(ctx), syscall.SIGQUIT, 5*time.Second))
	}
	return &p, nil
}

// StartAndReap starts the command and waits for it on one thread that lives as long as the command does: the kernel sends the
// parent-death signal (SysProcAttr.Pdeathsig) when the starting thread ends, not the process. The channel is closed when the command has
// ended; its ProcessState is valid then.
func StartAndReap(c *exec.Cmd) (exited <-chan struct{}, err error) {
	started, done := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.Start()
		started <- err
		if err == nil {
			_ = c.Wait() // its exit status is in ProcessState
		}
		close(done)
	}()
	return done, <-started
}

// telling finds the lines of a log that say why a server gave up. PostgreSQL says FATAL to each client that comes too early.
var telling = regexp.MustCompile(`ERROR|PANIC|\[FATAL\]|Assertion|lock file|shared memory`)

// logTail returns the last lines of a log and the last errors before them, for an error message.
func logTail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) > 8 {
		earlier := lines[:len(lines)-8]
		earlier = slices.DeleteFunc(slices.Clone(earlier), func(line string) bool { return !telling.MatchString(line) })
		lines = append(earlier[max(0, len(earlier)-8):], lines[len(lines)-8:]...)
	}
	return "; its log ends with:\n\t" + strings.Join(lines, "\n\t")
}

func itoa(n int) string { return strconv.Itoa(n) }
