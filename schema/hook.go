package schema

import "github.com/alkahest-go/alkahest/expr"

// Moment is when something is run beside the making or dropping of tables.
type Moment uint8

// The moments.
const (
	BeforeCreate Moment = iota
	AfterCreate
	BeforeDrop
	AfterDrop
)

type hook struct {
	at      Moment
	element Element
}

// At has elements run when a table is made or dropped; not where it is there,
// or gone, already.
func At(at Moment, elements ...Element) TableItem {
	return itemFunc(func(t *Table) error {
		for _, e := range elements {
			t.hooks = append(t.hooks, hook{at, elementOf(e, t)})
		}
		return nil
	})
}

// At returns the elements that are run at the moment.
func (t *Table) At(at Moment) []Element { return elementsAt(t.hooks, at) }

// RunAt has elements run each time that the tables of the MetaData are made or
// dropped, whatever of them is there: they should be such as can be run again,
// with IfNotExists or IfExists. Before comes before all tables, sequences and
// types, and After comes after them.
func (m *MetaData) RunAt(at Moment, elements ...Element) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range elements {
		m.hooks = append(m.hooks, hook{at, e})
	}
}

// At returns the elements that are run at the moment.
func (m *MetaData) At(at Moment) []Element {
	m.mu.Lock()
	defer m.mu.Unlock()
	return elementsAt(m.hooks, at)
}

func elementsAt(hooks []hook, at Moment) []Element {
	var list []Element
	for _, h := range hooks {
		if h.at == at {
			list = append(list, h.element)
		}
	}
	return list
}

// constant is text that was written in the program. Only an untyped constant
// converts to it outside this package, so that a string that came from
// elsewhere does not compile.
type constant string

// Script is DDL in the words of a database: the door for what has no element.
type Script struct {
	// Table is the table of which {table}, {schema} and {fullname} speak; nil
	// where the text has none of them. At sets it.
	Table *Table
	text  string
}

func (*Script) ddl() {}

// DDL is the one door for raw DDL. The text must be a constant of the program.
// {table}, {schema} and {fullname} within it become the quoted names of the
// table with which it is run (At) or for which it is meant (For).
func DDL(text constant) *Script { return &Script{text: string(text)} }

// For returns the text with the table of which it speaks.
func (x *Script) For(t *Table) *Script { c := *x; c.Table = t; return &c }

// Text returns the text as it was given.
func (x *Script) Text() string { return x.text }

func (x *Script) of(t *Table) Element {
	if x.Table != nil {
		return x
	}
	return x.For(t)
}

// Run is a statement of the expression language among DDL, such as an INSERT
// of the first rows. Its values are written as literals.
type Run struct{ Statement expr.Statement }

func (Run) ddl() {}

// ofTable is an element that speaks of the table that it is run with.
type ofTable interface{ of(t *Table) Element }

func elementOf(e Element, t *Table) Element {
	if x, ok := e.(ofTable); ok {
		return x.of(t)
	}
	return e
}
