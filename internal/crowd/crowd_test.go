package crowd

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/internal/soak"
)

const (
	processes = 4
	// fullRows is how many rows of each kind are committed in a full run.
	fullRows = 100_000
)

// patience is how long the processes may take: more than that is a process
// that waits for one that was killed.
func patience() time.Duration {
	if soak.Full() {
		return time.Hour
	}
	return 5 * time.Minute
}

// Four processes of sixteen goroutines insert through each kind of generator,
// and one is killed on the way: each value is that of its row, and none was
// given twice.
func TestProcessesThatInsertThroughEachGenerator(t *testing.T) {
	for _, product := range []string{"sqlite", "postgres15", "postgres18", "mariadb", "mysql"} {
		t.Run(product, func(t *testing.T) {
			seed := soak.Seed(t)
			c := &crowd{T: t, product: product, url: fresh(t, product), folder: t.TempDir(), seed: seed, model: newModel(product)}
			c.createAtOnce()
			c.work()
			count, wrong := c.verify()
			soak.Report(t, "rows of 4 processes, one killed: "+product, count, wrong, seed)
		})
	}
}

// crowd is the processes that work on one database.
type crowd struct {
	*testing.T
	product, url, folder string
	seed                 uint64
	model                *model
	journals             []string
}

// createAtOnce creates the tables from several engines at a time.
func (c *crowd) createAtOnce() {
	var wg sync.WaitGroup
	errs := make([]error, processes)
	for i := range errs {
		e := open(c.T, c.product, c.url)
		m := newModel(c.product)
		wg.Go(func() { errs[i] = e.CreateAll(c.Context(), m.base.MetaData) })
	}
	wg.Wait()
	for _, err := range errs {
		must(c.T, err)
	}
}

// work starts the processes, kills one in the middle, and waits for the others.
func (c *crowd) work() {
	rows := (soak.Count(fullRows) + processes - 2) / (processes - 1)
	var all []*child
	defer func() {
		for _, p := range all {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	}()
	for i := range processes {
		all = append(all, c.start(i, rows, i == 0))
	}
	victim, others := all[0], all[1:]
	for _, p := range all {
		p.begin()
	}
	victim.wait(saysHalf)
	must(c.T, victim.cmd.Process.Kill())
	for _, p := range others {
		p.finish()
	}
}

// child is a process that was started.
type child struct {
	c      *crowd
	cmd    *exec.Cmd
	in     io.WriteCloser
	says   chan string
	errors bytes.Buffer
	exited chan error
}

func (c *crowd) start(process, rows int, endless bool) *child {
	c.Helper()
	o := orders{
		Product: c.product, URL: c.url, Process: process, Rows: rows, Endless: endless, Seed: c.seed,
		Journal: filepath.Join(c.folder, fmt.Sprintf("journal%d", process)),
	}
	c.journals = append(c.journals, o.Journal)
	text, err := json.Marshal(o)
	must(c.T, err)
	self, err := os.Executable()
	must(c.T, err)
	p := &child{c: c, cmd: exec.Command(self), says: make(chan string, 8), exited: make(chan error, 1)}
	p.cmd.Env = append(slices.Clone(os.Environ()), ordersVariable+"="+string(text))
	p.cmd.Stderr = &p.errors
	p.in, err = p.cmd.StdinPipe()
	must(c.T, err)
	out, err := p.cmd.StdoutPipe()
	must(c.T, err)
	must(c.T, p.cmd.Start())
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.says <- lines.Text()
		}
		close(p.says)
		p.exited <- p.cmd.Wait()
	}()
	p.wait(saysReady)
	return p
}

// begin lets the process go.
func (p *child) begin() {
	p.c.Helper()
	_, err := io.WriteString(p.in, "go\n")
	must(p.c.T, err)
}

// wait waits until the process says the word.
func (p *child) wait(word string) {
	p.c.Helper()
	timeout := time.After(patience())
	for {
		select {
		case said, ok := <-p.says:
			if !ok {
				err := <-p.exited
				p.exited <- err
				p.c.Fatalf("a process ended before it said %q: %v\n%s", word, err, p.errors.String())
			}
			if said == word {
				return
			}
		case <-timeout:
			p.c.Fatalf("a process did not say %q within %s", word, patience())
		}
	}
}

// finish waits for the end of the process.
func (p *child) finish() {
	p.c.Helper()
	select {
	case err := <-p.exited:
		if err != nil {
			p.c.Fatalf("a process failed: %v\n%s", err, p.errors.String())
		}
	case <-time.After(patience()):
		p.c.Fatalf("a process did not come to its end within %s", patience())
	}
}
