// Package cases is a catalogue of statements of every kind: how each is made
// with the expression language, which rows it gives for the data of Schema, and
// how it is tried on a database and compared with golden SQL. A third party
// that writes a dialect runs them by Run and CompareSQL.
//
// It knows the expression language and the engine. What a product does
// otherwise than the catalogue says is written beside the case, by the name
// under which a Target asks for its rows; the code compares no product's name.
package cases

import (
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Case is one statement, or a list of schema elements, and what is to be known
// beside its rows, which are in testdata/expected by its name.
type Case struct {
	Name string
	// Statement makes the statement, Elements the DDL; one of both is set.
	Statement func(s *Schema) expr.Statement
	Elements  func(s *Schema) []schema.Element
	// Before is made in the empty database in which Elements are tried.
	Before func(s *Schema) []schema.Element
	// Schemas are the schemas that are used in the place of those that the tables
	// were declared with; nil for these.
	Schemas func(s *Schema) map[string]string
	// Refused is a part of the error with which every dialect refuses the case
	// before anything is sent; "" where it is not refused.
	Refused string
	// Differs is what a database does otherwise than the expected rows say, by
	// Target.Like.
	Differs map[string]Difference
	// AnyOrder compares the rows as a set, though the statement orders them: by
	// what leaves the order of some of them open.
	AnyOrder bool
	// Generated says that the first column of the rows is a key that the database
	// generated: another one, where other statements were run before.
	Generated bool
	// Chance leaves the rows uncompared: which ones come is chance.
	Chance bool
}

// Difference is what is expected of one product instead, and why.
type Difference struct {
	Why string
	// Error is a part of the error that the database returns, or of that with which
	// the statement is refused before it is sent; "" for none.
	Error string
	// Rows are the rows, each as the text of its values separated by "|"; nil
	// where the case has none or Error is set.
	Rows []string
	// Affected is the number of rows that are changed, where no rows come back.
	Affected int64
}

// query is a case of one statement.
func query[S expr.Statement](name string, build func(s *Schema) S) Case {
	return Case{Name: name, Statement: func(s *Schema) expr.Statement { return build(s) }}
}

// ddl is a case of schema elements.
func ddl(name string, elements func(s *Schema) []schema.Element) Case {
	return Case{Name: name, Elements: elements}
}

// refused returns the case as one that every dialect refuses.
func (c Case) refused(message string) Case {
	c.Refused = message
	return c
}

// differs returns the case with what one product does otherwise.
func (c Case) differs(like string, d Difference) Case {
	all := map[string]Difference{like: d}
	for k, v := range c.Differs {
		all[k] = v
	}
	c.Differs = all
	return c
}

// generated returns the case as one whose first column is generated.
func (c Case) generated() Case {
	c.Generated = true
	return c
}

// chance returns the case as one whose rows are chance.
func (c Case) chance() Case {
	c.Chance = true
	return c
}

// translated returns the case under other schemas.
func (c Case) translated(schemas func(s *Schema) map[string]string) Case {
	c.Schemas = schemas
	return c
}

// rules returns those under which the statement is written.
func (c Case) rules(s *Schema, r *compile.Rules) *compile.Rules {
	if c.Schemas == nil {
		return r
	}
	other := *r
	other.Schemas = c.Schemas(s)
	return &other
}

// configured returns the statement with the case's options.
func (c Case) configured(s *Schema, statement expr.Statement) expr.Statement {
	if c.Schemas == nil {
		return statement
	}
	return engine.With(statement, engine.ExecOptions{Schemas: c.Schemas(s)})
}

// anyOrder returns the case with rows that are compared as a set.
func (c Case) anyOrder() Case {
	c.AnyOrder = true
	return c
}

// after returns the case with what is made before it.
func (c Case) after(elements func(s *Schema) []schema.Element) Case {
	c.Before = elements
	return c
}

// All returns every case, group by group.
func All() []Case {
	var all []Case
	for _, g := range groups() {
		all = append(all, g...)
	}
	return all
}

// Groups returns the names of the groups in their order.
func Groups() []string {
	var names []string
	for _, c := range All() {
		if g := c.Group(); !slices.Contains(names, g) {
			names = append(names, g)
		}
	}
	return names
}

// Group is the case's name without its number.
func (c Case) Group() string { return c.Name[:strings.LastIndexByte(c.Name, '-')] }
