package engine

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// Tag is a name with a value in the comment behind a statement, which has the
// form of https://google.github.io/sqlcommenter/spec/: characters that could
// end the comment are written as %XX.
type Tag struct{ Name, Value string }

// tag returns the comment of the next statement, or "".
func (l *link) tag() string {
	if !l.exec.Caller && len(l.exec.Tags) == 0 {
		return ""
	}
	tags := slices.Clone(l.exec.Tags)
	if l.exec.Caller {
		tags = append(tags, Tag{"caller", caller()})
	}
	slices.SortStableFunc(tags, func(a, b Tag) int { return cmp.Compare(a.Name, b.Name) })
	var b strings.Builder
	sep := "/*"
	for _, t := range tags {
		b.WriteString(sep + escapeTag(t.Name) + "='" + escapeTag(t.Value) + "'")
		sep = ","
	}
	return b.String() + "*/"
}

func escapeTag(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// caller returns file and line of the call, as "dir/file.go:12".
func caller() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !ownFrame(f) || !more {
			return fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(f.File)), filepath.Base(f.File), f.Line)
		}
	}
}

// taggedKey is a statement with a comment, or with another text.
type taggedKey struct {
	c     *compile.Compiled
	tag   string
	whole bool
}

// tagged returns the statement with the comment that the options ask for. It is
// the same one each time, so that it is prepared once.
func (l *link) tagged(c *compile.Compiled) *compile.Compiled {
	tag := l.tag()
	if tag == "" {
		return c
	}
	return l.server.variant(taggedKey{c: c, tag: tag}, func() *compile.Compiled { return withTag(c, tag) })
}

// variant returns what is made of a statement, the same one each time.
func (s *server) variant(key taggedKey, of func() *compile.Compiled) *compile.Compiled {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	if known, ok := s.tags.get(key); ok {
		return known
	}
	c := of()
	s.tags.limit = max(s.cache.limit, roundTrip)
	s.tags.put(key, c)
	return c
}

// reworded returns the statement with the text that the events want.
func (l *link) reworded(c *compile.Compiled, w *watch) *compile.Compiled {
	sql := w.x.SQL
	if sql == c.SQL {
		return c
	}
	return l.server.variant(taggedKey{c: c, tag: sql, whole: true}, func() *compile.Compiled {
		other := *c
		other.SQL = sql
		return &other
	})
}

var errReworded = errors.New("engine: an event changed the text of an insert of many rows, which is sent in several ways; change statements of Exec and Query instead")

// withTag returns the statement with a comment behind it, on a line of its own
// where the text may end in another comment.
func withTag(c *compile.Compiled, tag string) *compile.Compiled {
	if tag == "" {
		return c
	}
	sep := " "
	if c.Verb == expr.VerbText {
		sep = "\n"
	}
	tagged := *c
	tagged.SQL += sep + tag
	return &tagged
}
