// Package inspect tells what there is in a database: its schemas, tables, views
// and sequences, and all that a table has. It describes them as the database has
// them, and makes tables of package schema of them, which statements use and
// CreateAll makes again elsewhere.
//
// It knows engines and what a dialect can read. It knows no product: what one
// has and how it is asked is in the product's package. It knows no ORM.
package inspect

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
)

// What is told of a database.
type (
	Relation   = dialect.Relation
	Table      = dialect.ReflectedTable
	Column     = dialect.ReflectedColumn
	Sequence   = dialect.ReflectedSequence
	Identity   = dialect.ReflectedIdentity
	Key        = dialect.ReflectedKey
	ForeignKey = dialect.ReflectedForeignKey
	Check      = dialect.ReflectedCheck
	Index      = dialect.ReflectedIndex
	Term       = dialect.ReflectedTerm
	Constraint = dialect.ReflectedConstraint
)

// Inspector reads what there is in a database and keeps what it has read, until
// Clear. It is used by many goroutines at once; what it returns is shared by all
// and must not be changed. A schema of "" is the current one.
type Inspector struct {
	engine *engine.Engine
	// with hands out what runs queries, for as long as f takes.
	with func(ctx context.Context, f func(q dialect.Querier) error) error

	mu    sync.Mutex
	known known
}

// known is what was read.
type known struct {
	schemas   []string
	current   string
	relations map[string][]Relation
	temporary *[]Relation
	sequences map[string][]Sequence
	tables    map[tableName]*Table
	whole     map[string][]*Table // all tables of a schema
}

type tableName struct{ schemaName, table string }

func unknown() known {
	return known{
		relations: map[string][]Relation{}, sequences: map[string][]Sequence{},
		tables: map[tableName]*Table{}, whole: map[string][]*Table{},
	}
}

// New returns an Inspector that takes a connection of the engine whenever it has
// to ask.
func New(e *engine.Engine) *Inspector {
	return &Inspector{engine: e, known: unknown(), with: func(ctx context.Context, f func(q dialect.Querier) error) error {
		c, err := e.ReadConn(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		return f(c.Querier())
	}}
}

// On is what an Inspector may ask by: an *engine.Conn or an *engine.Tx.
type On interface {
	Engine() *engine.Engine
	Querier() dialect.Querier
}

// NewOn returns an Inspector that asks by one connection or transaction, and sees
// its temporary tables and what it has not committed. It is used by one goroutine
// at a time.
func NewOn(c On) *Inspector {
	return &Inspector{engine: c.Engine(), known: unknown(), with: func(_ context.Context, f func(q dialect.Querier) error) error { return f(c.Querier()) }}
}

// Clear forgets what was read, so that it is read again.
func (i *Inspector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known = unknown()
}

// read runs f, which asks the dialect.
func (i *Inspector) read(ctx context.Context, f func(r dialect.Reflector, q dialect.Querier, c dialect.Capabilities) error) error {
	r, ok := i.engine.Dialect().(dialect.Reflector)
	if !ok {
		return fmt.Errorf("inspect: %w", &compile.UnsupportedError{
			Construct: "reflection", Dialect: i.engine.Dialect().Name(), Instead: "describe the tables in the program",
		})
	}
	caps, err := i.engine.Capabilities(ctx)
	if err != nil {
		return err
	}
	return i.with(ctx, func(q dialect.Querier) error { return f(r, q, caps) })
}

// kept returns what get finds, or else reads it and keeps it by set. What two
// goroutines read at once is read twice, and is the same.
func kept[T any](i *Inspector, get func(k *known) (T, bool), read func() (T, error), set func(k *known, v T)) (T, error) {
	i.mu.Lock()
	v, ok := get(&i.known)
	i.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	set(&i.known, v)
	return v, nil
}

type schemaList struct {
	names   []string
	current string
}

func (i *Inspector) schemas(ctx context.Context) (schemaList, error) {
	return kept(i, func(k *known) (schemaList, bool) { return schemaList{k.schemas, k.current}, k.schemas != nil },
		func() (s schemaList, err error) {
			err = i.read(ctx, func(r dialect.Reflector, q dialect.Querier, _ dialect.Capabilities) error {
				s.names, s.current, err = r.Schemas(ctx, q)
				return err
			})
			return s, err
		}, func(k *known, s schemaList) { k.schemas, k.current = s.names, s.current })
}

// Schemas returns the names of the schemas, but for the product's own.
func (i *Inspector) Schemas(ctx context.Context) ([]string, error) {
	s, err := i.schemas(ctx)
	return s.names, err
}

// CurrentSchema returns the schema of names that say none, "" where there is
// none.
func (i *Inspector) CurrentSchema(ctx context.Context) (string, error) {
	s, err := i.schemas(ctx)
	return s.current, err
}

// HasSchema reports whether there is a schema of the name.
func (i *Inspector) HasSchema(ctx context.Context, name string) (bool, error) {
	s, err := i.schemas(ctx)
	return slices.Contains(s.names, name), err
}

// needSchema refuses a schema that is not there.
func (i *Inspector) needSchema(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	s, err := i.schemas(ctx)
	if err == nil && !slices.Contains(s.names, name) {
		err = &NoSchemaError{Name: name, Known: s.names}
	}
	return err
}

// NoSchemaError says that a schema is not there, or may not be seen by the user.
type NoSchemaError struct {
	Name  string
	Known []string
}

// Error names the schema and those that there are.
func (e *NoSchemaError) Error() string {
	return fmt.Sprintf("inspect: there is no schema %q, or this user may not see it; there are %q", e.Name, e.Known)
}

// NoTableError says that a table or view is not there, or may not be seen by the
// user.
type NoTableError struct{ Schema, Name string }

// Error names the table.
func (e *NoTableError) Error() string {
	where := "the current schema"
	if e.Schema != "" {
		where = fmt.Sprintf("the schema %q", e.Schema)
	}
	return fmt.Sprintf("inspect: there is no table or view %q in %s, or this user may not see it", e.Name, where)
}
