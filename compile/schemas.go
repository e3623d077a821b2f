package compile

import "github.com/alkahest-go/alkahest/schema"

// SchemaName returns the schema that is written in the place of the one that a
// table or sequence was declared with.
func (r *Rules) SchemaName(declared string) string {
	if other, ok := r.Schemas[declared]; ok {
		return other
	}
	return declared
}

// Table returns the table under the name of its schema here, for slots that
// read it. It is for the table's own name: its columns stay those of t.
func (r *Rules) Table(t *schema.Table) *schema.Table {
	name := r.SchemaName(t.Schema)
	if name == t.Schema {
		return t
	}
	named := *t
	named.Schema = name
	return &named
}

// Sequence returns the sequence under the name of its schema here, as Table.
func (r *Rules) Sequence(s *schema.Sequence) *schema.Sequence {
	if s == nil || r.SchemaName(s.Schema) == s.Schema {
		return s
	}
	named := *s
	named.Schema = r.SchemaName(s.Schema)
	return &named
}
