package expr

import (
	"fmt"
	"strconv"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Sample is a random part of a source, under a name.
type Sample struct {
	Of      Source
	Name    string
	Method  string     // "" for the product's own; else system, bernoulli, …
	Percent Expression // of the rows or pages
	Seed    Expression // nil: another part each time
}

// TableSample returns about so many percent of the rows of a table, under a
// name; which rows is chance.
func TableSample(of Source, name string, percent float64) *Sample {
	if !(percent >= 0 && percent <= 100) {
		return &Sample{Of: of, Name: name, Percent: Invalid{fmt.Errorf("expr: TABLESAMPLE of %v percent; give 0 to 100", percent)}}
	}
	return &Sample{Of: of, Name: name, Percent: UnsafeSQL(strconv.FormatFloat(percent, 'f', -1, 64))}
}

// By returns the sample by another method than the product's own, such as
// bernoulli, which looks at each row, or system, which takes whole pages.
func (s *Sample) By(method string) *Sample { c := *s; c.Method = method; return &c }

// Seeded returns the sample that is the same each time as long as the table is.
func (s *Sample) Seeded(seed Expression) *Sample { c := *s; c.Seed = Unwrap(seed); return &c }

// Provides implements Source.
func (s *Sample) Provides(x Source) bool { return x == Source(s) }

// AppendKey implements Node.
func (s *Sample) AppendKey(k *Key) {
	k.Tag(tagSample)
	if k.again(s) {
		return
	}
	k.String(s.Name)
	k.String(s.Method)
	k.Node(s.Of)
	k.Node(s.Percent)
	k.Fixed([]Expression{s.Seed}) // some products take no parameters here
}

// Values is a table of rows that are written in the statement.
type Values struct {
	Name    string
	Columns []ValuesColumn
	Rows    [][]Expression
	err     error
}

// ValuesColumn is a column of Values.
type ValuesColumn struct {
	Name string
	Type sqltype.Type
}

// NewValues returns a table of rows, under a name. A column's type is that of
// its value in the first row.
func NewValues(name string, columns []string, rows ...[]Expression) *Values {
	v := &Values{Name: name}
	if len(rows) == 0 {
		v.err = fmt.Errorf("expr: VALUES %q has no rows; a table of none is a SELECT that nothing meets", name)
	}
	for i, r := range rows {
		if len(r) != len(columns) {
			v.err = fmt.Errorf("expr: row %d of VALUES %q has %d values for %d columns", i+1, name, len(r), len(columns))
			return v
		}
		v.Rows = append(v.Rows, unwrapAll(r))
	}
	for i, c := range columns {
		col := ValuesColumn{Name: c, Type: sqltype.Null{}}
		if len(v.Rows) > 0 {
			col.Type = v.Rows[0][i].SQLType()
		}
		v.Columns = append(v.Columns, col)
	}
	return v
}

// Row is a row for NewValues, of Go values or expressions in the order of the
// columns.
func Row(xs ...Expression) []Expression { return xs }

// Provides implements Source.
func (v *Values) Provides(s Source) bool { return s == Source(v) }

// OutputNames implements OutputSource.
func (v *Values) OutputNames() []string {
	names := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		names[i] = c.Name
	}
	return names
}

// AppendKey implements Node.
func (v *Values) AppendKey(k *Key) {
	if v.err != nil {
		k.Fail(v.err)
	}
	k.Tag(tagValues)
	if k.again(v) {
		return
	}
	k.String(v.Name)
	k.Int(len(v.Columns))
	for _, c := range v.Columns {
		k.String(c.Name)
		k.String(c.Type.String())
	}
	k.Int(len(v.Rows))
	for _, r := range v.Rows {
		keyNodes(k, r)
	}
}
