package sqltype

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// constant is text that stands in the program as a constant: the name of a type
// becomes part of SQL, and must not be put together from input.
type constant string

// Named is a type that DDL and CAST name exactly as the program says. Its values
// are those of another type.
type Named struct {
	of       Type
	name     string
	dialects string // separated by commas; "" is all
}

// Exactly returns a type of the given name, whose values are those of of. The
// numbers stand in parentheses: at the end, or in place of "()" within the name.
//
//	Exactly("NVARCHAR", String{Length: 50}, 50)          // NVARCHAR(50)
//	Exactly("TIME() WITH TIME ZONE", Text{}, 3)          // TIME(3) WITH TIME ZONE
func Exactly(name constant, of Type, numbers ...int) Named {
	before, after, _ := strings.Cut(string(name), "()")
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	if len(list) > 0 {
		before += "(" + strings.Join(list, ", ") + ")"
	}
	return Named{of: of, name: before + after}
}

// UnsafeExactly is Exactly for a name that is not a constant of the program, such
// as one that a database's catalog tells. It becomes part of SQL as it is: nothing
// that came from outside must be in it.
func UnsafeExactly(name string, of Type) Named { return Named{of: of, name: name} }

// On returns the type for these dialects alone ("postgresql", "mysql", …); all
// others refuse it. What is said of a product holds for those derived from it.
func (n Named) On(dialects ...constant) Named {
	list := make([]string, len(dialects))
	for i, d := range dialects {
		list[i] = string(d)
	}
	n.dialects = strings.Join(list, ",")
	return n
}

// Of returns the type whose values it has.
func (n Named) Of() Type { return n.of }

// Name returns the name.
func (n Named) Name() string { return n.name }

// For reports whether one of the dialects has the type: a dialect's own name and
// those of the products that it is derived from.
func (n Named) For(dialects ...string) bool {
	if n.dialects == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(n.dialects, ","), func(d string) bool { return slices.Contains(dialects, d) })
}

// Kind implements Type.
func (n Named) Kind() Kind { return n.of.Kind() }

// String implements Type.
func (n Named) String() string {
	s := n.name
	if of := n.of.String(); of != s {
		s += " as " + of
	}
	if n.dialects != "" {
		s += " (" + strings.ReplaceAll(n.dialects, ",", ", ") + ")"
	}
	return s
}

// Natural is the Go type that a column has where the program names none; nil
// where that follows from the Kind.
func (n Named) Natural() reflect.Type {
	if w, ok := n.of.(interface{ Natural() reflect.Type }); ok {
		return w.Natural()
	}
	return nil
}

func (n Named) check() error { return check(n.of) }

func (n Named) accepts() string {
	if c, ok := n.of.(chooser); ok {
		return c.accepts()
	}
	return accepted(family(n.of))
}

// Values returns the type that says what the values of t are: t itself, or what
// a Named one is of.
func Values(t Type) Type {
	for {
		n, ok := t.(Named)
		if !ok {
			return t
		}
		t = n.of
	}
}
