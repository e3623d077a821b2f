package orm

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Batched has Load load the same for up to n entities of the session, the given
// ones and those that came after them, as far as it was not loaded for them, and
// nothing where it was loaded already: a loop that calls Load for each entity sends
// a statement for each n of them.
func (h HasMany[E, T]) Batched(n int) HasMany[E, T] { return HasMany[E, T]{h.batched(n)} }

// Batched is HasMany.Batched.
func (h HasOne[E, T]) Batched(n int) HasOne[E, T] { return HasOne[E, T]{h.batched(n)} }

// Batched is HasMany.Batched.
func (h BelongsTo[E, T]) Batched(n int) BelongsTo[E, T] { return BelongsTo[E, T]{h.batched(n)} }

// Batched is HasMany.Batched.
func (h ManyToMany[E, T]) Batched(n int) ManyToMany[E, T] { return ManyToMany[E, T]{h.batched(n)} }

func (h relationship[E, T]) batched(n int) relationship[E, T] {
	h.plan.batch = n
	return h
}

// batch returns the owners for whom a Load is sent.
func (s *Session) batch(p *loadPlan, owners []mem.Pointer) []mem.Pointer {
	if p.batch <= 0 {
		return owners
	}
	out := slices.DeleteFunc(slices.Clone(owners), p.rel.isLoaded)
	if len(out) == 0 {
		return nil
	}
	i := slices.IndexFunc(s.all(), func(st *state) bool { return st.obj == out[0] })
	for ; i >= 0 && i < len(s.states) && len(out) < p.batch; i++ {
		st := s.states[i]
		if st.m.is(p.rel.owner) && st.status == persistent && !p.rel.isLoaded(st.obj) && !slices.Contains(out, st.obj) {
			out = append(out, st.obj)
		}
	}
	return out
}

// isLoaded reports whether the relationship of an entity was loaded.
func (r *relation) isLoaded(p mem.Pointer) bool { return r.refOf(p).readable() == nil }

// RepeatedLoad is a line of the program that has sent the same statement more
// than once, each time for other entities: mostly in a loop (an N+1).
type RepeatedLoad struct {
	Entity string // the Go type
	Field  string // the relationship that was loaded; "" for Get
	File   string
	Line   int
	Times  int
}

// String names the line and the way out.
func (r RepeatedLoad) String() string {
	if r.Field == "" {
		return fmt.Sprintf("%s:%d has got %d of %s one by one; ask for all of them by Select with In", r.File, r.Line, r.Times, r.Entity)
	}
	return fmt.Sprintf("%s:%d has loaded %s.%s %d times; load it with the query by With, for all at once by Load, or say Batched", r.File, r.Line, r.Entity, r.Field, r.Times)
}

// WatchLoads counts the statements that the lines of the program send by Load and
// by Get. One that reaches the limit is reported, once, on the goroutine of the
// session; report may be nil.
func WatchLoads(limit int, report func(RepeatedLoad)) SessionOption {
	return func(o *sessionOptions) { o.watch = &loadWatch{limit: limit, report: report} }
}

// RepeatedLoads returns what WatchLoads has counted more than once, the most often
// repeated first. The counts go on until the session is closed.
func (s *Session) RepeatedLoads() []RepeatedLoad {
	if s.repeats == nil {
		return nil
	}
	var out []RepeatedLoad
	for _, r := range s.repeats {
		if r.Times > 1 {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b RepeatedLoad) int {
		if a.Times != b.Times {
			return b.Times - a.Times
		}
		return strings.Compare(a.String(), b.String())
	})
	return out
}

// loadWatch is what WatchLoads said.
type loadWatch struct {
	limit  int
	report func(RepeatedLoad)
}

// loadSite is a line that loads, and what.
type loadSite struct {
	pc    uintptr
	m     *mapper
	field string
}

// watched counts a statement of Load or Get.
func (s *Session) watched(m *mapper, field string) {
	w := s.opts.watch
	if w == nil {
		return
	}
	frame := callerOutside()
	site := loadSite{frame.PC, m, field}
	r := s.repeats[site]
	if r == nil {
		r = &RepeatedLoad{Entity: m.goType.String(), Field: field, File: frame.File, Line: frame.Line}
		if s.repeats == nil {
			s.repeats = map[loadSite]*RepeatedLoad{}
		}
		s.repeats[site] = r
	}
	r.Times++
	if r.Times == w.limit && w.report != nil {
		w.report(*r)
	}
}

var ownPackage = reflect.TypeFor[Session]().PkgPath() + "."

// callerOutside is the innermost frame that is not of this package.
func callerOutside() runtime.Frame {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, ownPackage) || !more {
			return f
		}
	}
}
