package postgres

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// existing lists what there is outside the catalogs: kind, schema, name, the
// table of an index, the increment of a sequence, and whether the name alone
// finds it, which is NULL for what was dropped in this moment.
const existing = `SELECT CASE WHEN c.relkind IN ('i', 'I') THEN 'index' WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END,
    n.nspname, c.relname, coalesce(t.relname, ''), coalesce(s.seqincrement, 0), coalesce(pg_table_is_visible(coalesce(t.oid, c.oid)), false)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S')
UNION ALL
SELECT 'enum', n.nspname, t.typname, '', 0, coalesce(pg_type_is_visible(t.oid), false)
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e'`

// Existing implements dialect.Dialect.
func (postgres) Existing(ctx context.Context, q dialect.Querier, m *schema.MetaData) (*dialect.Existing, error) {
	e := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	err := q.Query(ctx, existing, nil, func(row sqltype.Row) error {
		kind, schemaName, relation, table := string(row.Text(0)), string(row.Text(1)), string(row.Text(2)), string(row.Text(3))
		increment, visible := row.Int64(4), row.Bool(5)
		if err := row.Err(); err != nil {
			return err
		}
		prefixes := []string{schemaName + "."}
		if visible {
			prefixes = append(prefixes, "")
		}
		for _, p := range prefixes {
			add(e, kind, p, relation, table, increment)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("postgres: can't read what exists: %w", err)
	}
	return e, nil
}

func add(e *dialect.Existing, kind, prefix, relation, table string, increment int64) {
	switch kind {
	case "table":
		e.Tables[prefix+relation] = true
	case "index":
		e.Indexes[prefix+table+"/"+relation] = true
	case "sequence":
		e.Sequences[prefix+relation] = increment
	case "enum":
		e.Enums[prefix+relation] = true
	}
}
