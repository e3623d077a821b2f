package alkahesttest

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// Statement is a statement that was sent.
type Statement struct {
	SQL  string // without values
	Verb expr.Verb
	// Times is how often it was executed: 1, but for batches.
	Times int
	// File and Line are of the innermost call that is not the library's.
	File string
	Line int
	Err  error // with which the database answered
}

// String returns the text, and where it comes from.
func (s Statement) String() string {
	times := ""
	if s.Times > 1 {
		times = fmt.Sprintf(" (%d times in one batch)", s.Times)
	}
	return fmt.Sprintf("%s:%d: %s%s", s.File, s.Line, s.SQL, times)
}

// Statements returns what was sent through db while f ran, in order: by f, by
// goroutines of f's and by everybody else who uses db, so a parallel test takes its
// Sandbox. What begins and ends transactions and savepoints is left out.
func Statements(db *engine.Engine, f func()) []Statement {
	var mu sync.Mutex
	var sent []Statement
	remove := db.Listen(&engine.Events{After: func(_ context.Context, x *engine.Execution) {
		if ofTransaction(x.SQL) {
			return
		}
		at := caller()
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, Statement{SQL: x.SQL, Verb: x.Verb, Times: x.Times, File: at.File, Line: at.Line, Err: x.Err})
	}})
	defer remove()
	f()
	mu.Lock()
	defer mu.Unlock()
	return sent
}

func ofTransaction(sql string) bool {
	words := firstWords(sql, 1)
	return kindOf(sql).ofTx() || len(words) == 1 && (words[0] == "SAVEPOINT" || words[0] == "RELEASE" || words[0] == "ROLLBACK")
}

// QueryCount fails the test unless f sends n statements through db, and lists
// those that it sent. A batch counts as one.
func QueryCount(t testing.TB, db *engine.Engine, n int, f func()) {
	t.Helper()
	sent := Statements(db, f)
	if len(sent) == n {
		return
	}
	var b strings.Builder
	for _, s := range sent {
		fmt.Fprintf(&b, "\n\t%s", s)
	}
	t.Errorf("got %d statements, want %d:%s", len(sent), n, b.String())
}

// NoNPlusOne fails the test where a line of the program sends the same query
// more than once while f runs: mostly one for each row of another query, in a
// loop. It names the line and the query. f works on several rows, else there is
// nothing to see.
func NoNPlusOne(t testing.TB, db *engine.Engine, f func()) {
	t.Helper()
	type site struct {
		sql, file string
		line      int
	}
	times := map[site]int{}
	var order []site
	for _, s := range Statements(db, f) {
		if s.Verb != expr.VerbSelect {
			continue
		}
		at := site{s.SQL, s.File, s.Line}
		if times[at] == 0 {
			order = append(order, at)
		}
		times[at] += s.Times
	}
	for _, at := range order {
		if n := times[at]; n > 1 {
			t.Errorf("%s:%d has sent the same query %d times; ask once for all rows, by With, Load or In:\n\t%s", at.file, at.line, n, at.sql)
		}
	}
}

// own is the path of this package, and module that of all packages beside it.
var (
	own    = reflect.TypeFor[Statement]().PkgPath()
	module = own[:strings.LastIndexByte(own, '/')]
)

// caller is the innermost frame that is not the library's.
func caller() runtime.Frame {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !ofLibrary(f) || !more {
			return f
		}
	}
}

// ofLibrary reports whether a frame is the library's, or of what it runs on.
// Tests and example programs are users of it.
func ofLibrary(f runtime.Frame) bool {
	if strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	rest, inside := strings.CutPrefix(f.Function, module)
	if inside && (rest == "" || rest[0] == '.' || rest[0] == '/') {
		return !strings.HasPrefix(rest, "/examples/")
	}
	first, _, _ := strings.Cut(f.Function, "/")
	return !strings.Contains(first, ".") || strings.HasPrefix(f.Function, "iter.") || strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "slices.")
}
