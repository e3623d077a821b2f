package web

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Query is a statement that a request has sent. It holds no values.
type Query struct {
	SQL      string
	Place    string // where in the program, as "dir/file.go:12"
	Times    int    // rows of a batch; 1 elsewhere
	Rows     int64  // read or matched; -1 where that is not known
	Duration time.Duration
	Own      bool // COMMIT and the like, and questions of the library to the catalog
	Err      error
}

// Queries returns the statements that the request of the context has sent so far,
// in their order: those of all runs of its handler, on all databases, with COMMIT
// and what else the library sends for itself, which is Own. There are none without Options.Record or Development.
func Queries(ctx context.Context) []Query {
	u := unitOf(ctx)
	if u == nil {
		return nil
	}
	u.record.mu.Lock()
	defer u.record.mu.Unlock()
	return slices.Clone(u.record.list)
}

// record is what is known of the statements of one request.
type record struct {
	limit int  // of statements; 0: none
	keep  bool // the list

	mu         sync.Mutex
	statements int
	database   time.Duration
	list       []Query
	failure    error // one after which the handler may run again, of this run
}

// observe has the statements under the context told to the record.
func (r *record) observe(ctx context.Context) context.Context {
	return engine.Observe(ctx, &engine.Events{Before: r.before, After: r.after})
}

// before counts a statement of the program, and refuses it beyond the limit.
func (r *record) before(_ context.Context, x *engine.Execution) error {
	if x.Own {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit > 0 && r.statements >= r.limit {
		return fmt.Errorf("%w (%d)", ErrTooManyStatements, r.limit)
	}
	r.statements++
	return nil
}

func (r *record) after(_ context.Context, x *engine.Execution) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.database += x.Duration
	if sqlerr.Retryable(x.Err) {
		r.failure = x.Err
	}
	if r.keep {
		r.list = append(r.list, Query{SQL: x.SQL, Place: place(), Times: x.Times, Rows: x.Rows, Duration: x.Duration, Own: x.Own, Err: x.Err})
	}
}

// begin forgets the failure of the run before.
func (r *record) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = nil
}

func (r *record) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure
}

// counts returns how many statements there were, and how long they took.
func (r *record) counts() (statements int, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.statements, r.database
}

// own are the packages of this library that a program calls for its statements.
var own = []string{"engine.", "orm.", "web.", "alkahest."}

const module = "github.com/alkahest-go/alkahest"

// place returns file and line of the call, outside of this library.
func place() string {
	var pcs [48]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !inLibrary(f) {
			return fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(f.File)), filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

func inLibrary(f runtime.Frame) bool {
	if strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	name, ok := strings.CutPrefix(f.Function, module)
	if !ok {
		return strings.HasPrefix(f.Function, "net/http.") || strings.HasPrefix(f.Function, "runtime.")
	}
	if strings.HasPrefix(name, ".") { // the root
		return true
	}
	return slices.ContainsFunc(own, func(p string) bool { return strings.HasPrefix(name, "/"+p) })
}
