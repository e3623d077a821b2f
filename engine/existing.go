package engine

import (
	"context"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
)

// existing asks what of the metadata is there, under the schemas that are
// written in the place of the declared ones, and tells it by the declared ones.
func (l *link) existing(ctx context.Context, m *schema.MetaData) (*dialect.Existing, error) {
	rules := l.server.rules
	if len(rules.Schemas) == 0 {
		return l.engine.dialect.Existing(ctx, querier{l.drv}, m)
	}
	there, err := l.engine.dialect.Existing(ctx, querier{l.drv}, m.InSchemas(rules.SchemaName))
	if err != nil {
		return nil, err
	}
	declared := map[string]bool{}
	for _, t := range m.Tables() {
		declared[t.Schema] = true
		for _, c := range t.Columns() {
			if c.Sequence != nil {
				declared[c.Sequence.Schema] = true
			}
		}
	}
	for _, s := range m.Sequences() {
		declared[s.Schema] = true
	}
	out := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	for from := range declared {
		to := rules.SchemaName(from)
		rename(out.Tables, there.Tables, from, to)
		rename(out.Indexes, there.Indexes, from, to)
		rename(out.Sequences, there.Sequences, from, to)
		rename(out.Enums, there.Enums, from, to)
	}
	return out, nil
}

// rename adds to out what is in a schema, by the name of another.
func rename[V any](out, there map[string]V, from, to string) {
	for name, v := range there {
		if to != "" {
			var in bool
			if name, in = strings.CutPrefix(name, to+"."); !in {
				continue
			}
		}
		out[qualified(from, name)] = v
	}
}
