// Package schema describes databases: MetaData, tables, columns, sequences,
// constraints, indexes, and the DDL elements that make them. Its typed columns
// are what queries are written with.
//
// It knows no SQL text and no connections: package compile writes the text,
// and package engine runs it.
package schema

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
)

// MetaData is a collection of tables and sequences that belong together. Its
// methods may be called by several goroutines at once; the tables themselves
// must not be changed once they are in use.
type MetaData struct {
	// Naming names the constraints and indexes that were not given a name.
	Naming Naming
	// Schema is the schema of tables that name none.
	Schema string
	// Info is the program's own, and is never looked into.
	Info map[string]string

	resolving sync.Mutex // held while Resolve works; taken before mu

	mu        sync.Mutex
	tables    []*Table
	sequences []*Sequence
	pending   []func() error
	hooks     []hook
}

// NewMetaData returns an empty collection with the conventional names.
func NewMetaData() *MetaData { return &MetaData{Naming: DefaultNaming} }

// Tables returns the tables in the order in which they were declared.
func (m *MetaData) Tables() []*Table {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.tables)
}

// Table returns the table of that name, or nil. name may be "schema.table".
func (m *MetaData) Table(name string) *Table {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.table(name)
}

func (m *MetaData) table(name string) *Table {
	for _, t := range m.tables {
		if t.FullName() == name || t.Schema == m.Schema && t.Name == name {
			return t
		}
	}
	return nil
}

// Sequences returns the sequences in the order in which they were declared.
func (m *MetaData) Sequences() []*Sequence {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sequences)
}

// AddSequence adds a sequence by itself: for use in expressions (Sequence.Next),
// though a column may have it as well.
func (m *MetaData) AddSequence(s *Sequence) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	s.alone = true
	return m.addSequence(s)
}

func (m *MetaData) addSequence(s *Sequence) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.meta == nil {
		s.meta = m
		if s.Schema == "" {
			s.Schema = m.Schema
		}
		if s.owner != "" {
			m.pending = append(m.pending, s.resolveOwner)
		}
	}
	for _, other := range m.sequences {
		if other == s {
			return nil
		}
		if other.FullName() == s.FullName() && other.options() != s.options() {
			return fmt.Errorf("schema: sequence %q is declared twice with different options; share one *Sequence", s.FullName())
		}
		if other.FullName() == s.FullName() {
			return nil
		}
	}
	m.sequences = append(m.sequences, s)
	return nil
}

func (m *MetaData) addTable(t *Table) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.table(t.FullName()) != nil {
		return fmt.Errorf("schema: table %q is declared twice in one MetaData", t.FullName())
	}
	m.tables = append(m.tables, t)
	return nil
}

// later keeps work that needs all tables to be there: foreign keys are told by
// name, and their tables may be declared in any order.
func (m *MetaData) later(f func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, f)
}

// Later keeps work for Resolve: declarations that speak of tables which may not
// be there yet, and errors of declarations that have no other way to be
// returned. f is called by each Resolve until it returns nil.
func (m *MetaData) Later(f func() error) { m.later(f) }

// Resolve finds what the declarations named: the columns of foreign keys, the
// types that they take from what they reference. It returns every error there
// is. It is called by the engine and the ORM on first use, and may be called
// again after more tables were declared.
func (m *MetaData) Resolve() error {
	m.resolving.Lock()
	defer m.resolving.Unlock()
	var errs []error
	var failed []func() error
	for list := m.takePending(); len(list) > 0; list = m.takePending() {
		for _, f := range list {
			if err := f(); err != nil {
				errs, failed = append(errs, err), append(failed, f)
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(failed, m.pending...)
	return joinErrors(errs)
}

func (m *MetaData) takePending() []func() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.pending
	m.pending = nil
	return list
}

// Table is a table. It is made by NewTable or by a mapper's declaration.
type Table struct {
	Name    string
	Schema  string
	Comment string
	// WithoutRowID and other product options are kept by their product's key.
	Options map[string]string
	// Info is the program's own, and is never looked into.
	Info map[string]string
	// Prefixes stand between CREATE and TABLE.
	Prefixes []string

	// Selected is set for a view, and for a table that is made by a query.
	Selected *Selected
	// Temporary says that the table is one of the connection.
	Temporary bool

	PrimaryKey  *PrimaryKeyConstraint // nil: none
	ForeignKeys []*ForeignKeyConstraint
	Uniques     []*UniqueConstraint
	Checks      []*CheckConstraint
	Indexes     []*Index
	// Constraints are those that one product has.
	Constraints []ProductConstraint

	id      int
	meta    *MetaData
	columns []*Column
	byName  map[string]*Column
	hooks   []hook
	origin  *Table // what the table is a copy of
}

var lastTableID atomic.Int64

// NewTable declares a table with its columns, constraints and indexes.
func NewTable(m *MetaData, name string, items ...TableItem) (*Table, error) {
	t := newTable(m, name)
	for _, it := range items {
		if err := it.addTo(t); err != nil {
			return nil, fmt.Errorf("schema: table %q: %w", name, err)
		}
	}
	if err := t.finish(); err != nil {
		return nil, err
	}
	return t, m.addTable(t)
}

func newTable(m *MetaData, name string) *Table {
	return &Table{
		Name: name, Schema: m.Schema, meta: m,
		id: int(lastTableID.Add(1)), byName: map[string]*Column{},
	}
}

// MustTable is NewTable that panics, for package variables.
func MustTable(m *MetaData, name string, items ...TableItem) *Table {
	t, err := NewTable(m, name, items...)
	if err != nil {
		panic(err)
	}
	return t
}

// FullName returns the name with its schema, where it has one.
func (t *Table) FullName() string { return fullName(t.Schema, t.Name) }

func fullName(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}

// MetaData returns the collection that the table belongs to.
func (t *Table) MetaData() *MetaData { return t.meta }

// Columns returns the columns in order. The slice must not be changed.
func (t *Table) Columns() []*Column { return t.columns }

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column { return t.byName[name] }

// C returns a reference to the column of that name for use in expressions. For
// a name that the table does not have it returns an expression that fails to
// compile and says so.
func (t *Table) C(name string) expr.Expression {
	if c := t.byName[name]; c != nil {
		return c.Ref()
	}
	return expr.Invalid{Err: fmt.Errorf("schema: table %q has no column %q", t.FullName(), name)}
}

// Provides implements expr.Source.
func (t *Table) Provides(s expr.Source) bool { return s == expr.Source(t) }

// AppendKey implements expr.Node.
func (t *Table) AppendKey(k *expr.Key) {
	k.Tag(expr.TagTable)
	if k.Lasting() {
		k.String(t.Schema)
		k.String(t.Name)
	} else {
		k.Int(t.id)
	}
	if q := t.Inlined(); q != nil {
		k.Node(q)
	}
}

func (t *Table) addColumn(c *Column) error {
	if c.Name == "" {
		return fmt.Errorf("a column has no name")
	}
	if t.byName[c.Name] != nil {
		return fmt.Errorf("column %q is declared twice", c.Name)
	}
	c.Table = t
	c.ref = &expr.Column{From: t, Name: c.Name, Codec: c.Codec}
	t.columns = append(t.columns, c)
	t.byName[c.Name] = c
	return nil
}
