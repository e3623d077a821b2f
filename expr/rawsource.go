package expr

import "github.com/alkahest-go/alkahest/sqltype"

// TableFunction is a call of a function in FROM, under a name: generate_series,
// json_each, unnest.
type TableFunction struct {
	Func *Func
	Name string
	// Columns names the columns of the result where the function does not; with
	// Types, it is the definition of the columns of a function that returns
	// records.
	Columns []string
	Types   []sqltype.Type
}

// FromFunc is the function name(args) in FROM, known as alias. Its columns are
// those of the function, or get the names that As gives.
func FromFunc(name constant, alias string, args ...Expression) *TableFunction {
	return &TableFunction{Func: call(string(name), nil, args...), Name: alias}
}

// As returns the source with names for its columns.
func (f *TableFunction) As(columns ...string) *TableFunction {
	g := *f
	g.Columns = append([]string(nil), columns...)
	return &g
}

// Defined returns the source with the definition of one more column, for a
// function that returns records of no known type.
func (f *TableFunction) Defined(column string, t sqltype.Type) *TableFunction {
	g := *f
	g.Columns = append(g.Columns[:len(g.Columns):len(g.Columns)], column)
	g.Types = append(g.Types[:len(g.Types):len(g.Types)], t)
	return &g
}

// Provides implements Source.
func (f *TableFunction) Provides(s Source) bool { return Source(f) == s }

// SourceName is the name by which the columns are known.
func (f *TableFunction) SourceName() string { return f.Name }

// AppendKey implements Node.
func (f *TableFunction) AppendKey(k *Key) {
	k.Tag(tagTableFunc)
	k.String(f.Name)
	k.Node(f.Func)
	k.Int(len(f.Columns))
	for _, c := range f.Columns {
		k.String(c)
	}
	k.Int(len(f.Types))
	for _, t := range f.Types {
		k.String(t.String())
	}
}

// RawSource is raw SQL that selects rows, in FROM under a name.
type RawSource struct {
	Text *Text
	Name string
}

// FromSQL is (text) AS alias in FROM.
func FromSQL(alias string, text *Text) *RawSource { return &RawSource{Text: text, Name: alias} }

// Provides implements Source.
func (r *RawSource) Provides(s Source) bool { return Source(r) == s }

// SourceName is the name by which the columns are known.
func (r *RawSource) SourceName() string { return r.Name }

// AppendKey implements Node.
func (r *RawSource) AppendKey(k *Key) {
	k.Tag(tagRawSource)
	k.String(r.Name)
	k.Node(r.Text)
}
