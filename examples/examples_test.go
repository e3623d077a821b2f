package examples

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bin is where the programs are, built once.
var bin string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "alkahest-examples")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	cmd := exec.Command("go", "build", "-o", dir, "./quickstart", "./sequence", "./bulk", "./concurrent", "./shop", "./webapp")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // no example needs a C compiler
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the examples: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// result is what a run of a program gave.
type result struct {
	stdout, stderr string
	failed         bool
}

func run(t *testing.T, program string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(bin, program), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Errorf("%s %v: %v", program, args, ctx.Err())
	}
	return result{stdout: stdout.String(), stderr: stderr.String(), failed: err != nil}
}

// prints runs a program that has to succeed and print exactly these lines.
func prints(t *testing.T, want []string, program string, args ...string) {
	t.Helper()
	got := run(t, program, args...)
	if got.failed || got.stderr != "" {
		t.Errorf("%s %v: failed: %v, stderr: %s", program, args[2:], got.failed, got.stderr)
		return
	}
	if diff := cmp.Diff(got.stdout, strings.Join(want, "\n")+"\n"); diff != "" {
		t.Errorf("%s %v: got, then want:\n%s", program, args[2:], diff)
	}
}

func TestQuickstartWithoutArguments(t *testing.T) {
	got := run(t, "quickstart")
	if diff := cmp.Diff(got, result{stdout: "1\n"}, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("got, then want:\n%s", diff)
	}
}

func TestExamplesDefaultToMemory(t *testing.T) {
	t.Chdir(t.TempDir())
	want := map[string]string{
		"quickstart": "1\n", "sequence": "100\n101\n",
		"bulk": "1000\n1000\nids match rows: true\n", "concurrent": "800\nunique: true\n",
	}
	for range 2 {
		got := map[string]string{}
		for program := range want {
			got[program] = run(t, program).stdout
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("got, then want:\n%s", diff)
		}
	}
	files, err := os.ReadDir(".")
	if err != nil || len(files) > 0 {
		t.Errorf("got the files %v and the error %v, want none", files, err)
	}
}

func TestQuickstart(t *testing.T) {
	each(t, func(t *testing.T, db database, url string) {
		prints(t, []string{"1"}, "quickstart", "-db", url)
	})
}

func TestQuickstartAgain(t *testing.T) {
	kept(t, func(t *testing.T, url string) {
		for _, id := range []string{"1", "2", "3"} {
			prints(t, []string{id}, "quickstart", "-db", url)
		}
	})
}

func TestSequence(t *testing.T) {
	each(t, func(t *testing.T, db database, url string) {
		prints(t, []string{"100", "101"}, "sequence", "-db", url)
		if !db.forgets {
			prints(t, []string{"102", "103"}, "sequence", "-db", url)
		}
	})
}

func TestSequenceIncrement(t *testing.T) {
	each(t, func(t *testing.T, db database, url string) {
		prints(t, []string{"100", "105"}, "sequence", "-db", url, "-increment", "5")
		if !db.forgets {
			prints(t, []string{"110", "115"}, "sequence", "-db", url, "-increment", "5")
		}
	})
}

func TestSequenceOfAnotherIncrementIsRefused(t *testing.T) {
	kept(t, func(t *testing.T, url string) {
		prints(t, []string{"100", "101"}, "sequence", "-db", url)
		refuses(t, url, "5")
		prints(t, []string{"102", "103"}, "sequence", "-db", url)
	})
}

func TestSequenceOfIncrementOneIsRefused(t *testing.T) {
	kept(t, func(t *testing.T, url string) {
		prints(t, []string{"100", "105"}, "sequence", "-db", url, "-increment", "5")
		refuses(t, url, "1")
		prints(t, []string{"110", "115"}, "sequence", "-db", url, "-increment", "5")
	})
}

// refuses runs the sequence with another increment than it has.
func refuses(t *testing.T, url, increment string) {
	t.Helper()
	got := run(t, "sequence", "-db", url, "-increment", increment)
	if !got.failed || got.stdout != "" || !strings.Contains(got.stderr, "user_id_seq") {
		t.Errorf("increment %s: got %+v, want a failure that names user_id_seq", increment, got)
	}
}

func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, db database, url string) {
		for _, n := range []string{"1000", "0", "1", "33", "1000"} {
			prints(t, []string{n, n, "ids match rows: true"}, "bulk", "-db", url, "-n", n)
		}
	})
}

func TestShop(t *testing.T) {
	tour := []string{
		"fill",
		"read",
		"  Ada bought 2 products",
		"  the Payments were not loaded",
		"  Bob bought 2 products",
		"  the Payments were not loaded",
		"find",
		"  tea without a pot: Bob",
		"count",
		"  Cup: 1 for 9.00",
		"  Green tea: 3 for 13.50",
		"  Teapot: 2 for 64.00",
		"pay",
		"  card 4242 4000",
		"  transfer AT611904300234573201 100",
		"  big ones by card: 1",
		"change",
		"  Ada has 0 orders, Bob has 2",
		"undo",
		"  a cup is 900 again",
		"close",
		"  payments left: 0",
	}
	each(t, func(t *testing.T, _ database, url string) {
		for range 2 { // it leaves nothing behind
			prints(t, tour, "shop", "-db", url)
		}
	})
}

func TestConcurrent(t *testing.T) {
	each(t, func(t *testing.T, db database, url string) {
		prints(t, []string{"400", "unique: true"}, "concurrent", "-db", url, "-g", "8", "-n", "50")
		prints(t, []string{"1", "unique: true"}, "concurrent", "-db", url, "-g", "1", "-n", "1")
		prints(t, []string{"60", "unique: true"}, "concurrent", "-db", url, "-g", "30", "-n", "2")
	})
}

func TestAllOnOneDatabase(t *testing.T) {
	kept(t, func(t *testing.T, url string) {
		for round := range 2 {
			prints(t, []string{fmt.Sprint(round + 1)}, "quickstart", "-db", url)
			prints(t, []string{fmt.Sprint(100 + 2*round), fmt.Sprint(101 + 2*round)}, "sequence", "-db", url)
			prints(t, []string{"50", "50", "ids match rows: true"}, "bulk", "-db", url, "-n", "50")
			prints(t, []string{"6", "unique: true"}, "concurrent", "-db", url, "-g", "2", "-n", "3")
		}
	})
}

func TestExamplesRefuseWhatTheyCantOpen(t *testing.T) {
	for url, want := range map[string]string{
		"oracle://app:hunter2@host/db":                              `unknown URL scheme "oracle"; linked in are mariadb, `,
		"sqlite:///:memory:?nonsense=1":                             "nonsense",
		"postgresql://app:hunter2@127.0.0.1:1/db?connect_timeout=5": "127.0.0.1:1",
		"mariadb://app:hunter2@127.0.0.1:1/db":                      "127.0.0.1:1",
	} {
		got := run(t, "quickstart", "-db", url)
		if !got.failed || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: got %+v, want a failure that names %s", want, got, want)
		}
		if strings.Contains(got.stderr, "hunter2") {
			t.Errorf("%s: the error shows the password", want)
		}
	}
}

func TestExamplesRefuseNumbersThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"bulk", "-n", "-1"}, {"concurrent", "-g", "-1"}, {"concurrent", "-n", "x"}, {"sequence", "-increment", "0"}} {
		got := run(t, args[0], args[1:]...)
		if !got.failed || got.stdout != "" || strings.Contains(got.stderr, "panic") {
			t.Errorf("%v: got %+v, want a failure", args, got)
		}
	}
	none := run(t, "concurrent", "-g", "0")
	if diff := cmp.Diff(none, result{stdout: "0\nunique: true\n"}, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("got, then want:\n%s", diff)
	}
}

func TestSequenceWhoseStartIsOutsideIsRefused(t *testing.T) {
	each(t, func(t *testing.T, db database, url string) {
		got := run(t, "sequence", "-db", url, "-increment", "-5")
		// The largest value of a descending sequence is -1 unless it is told.
		if !got.failed || !strings.Contains(got.stderr, "the start 100 is outside") {
			t.Errorf("got %+v, want a failure that names the start", got)
		}
	})
}
