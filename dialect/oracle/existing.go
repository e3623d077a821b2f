package oracle

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// existing lists what there is outside Oracle's own schemas: kind, schema, name,
// the table of an index, the increment of a sequence, and whether the schema is
// the current one
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/refrn/ALL_OBJECTS.html).
const existing = `SELECT x.kind, x.owner, x.name, x.parent, x.increment_by,
    CASE WHEN x.owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') THEN 1 ELSE 0 END
  FROM (SELECT 'table' AS kind, owner, table_name AS name, '-' AS parent, 0 AS increment_by FROM all_tables
    UNION ALL SELECT 'table', owner, view_name, '-', 0 FROM all_views
    UNION ALL SELECT 'index', owner, index_name, table_name, 0 FROM all_indexes
    UNION ALL SELECT 'sequence', sequence_owner, sequence_name, '-', increment_by FROM all_sequences) x
  WHERE x.owner NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y')`

// Existing implements dialect.Dialect. Names are quoted wherever they are
// written, and so are the same only in the same case.
func (oracle) Existing(ctx context.Context, q dialect.Querier, _ *schema.MetaData) (*dialect.Existing, error) {
	e := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	err := q.Query(ctx, existing, nil, func(row sqltype.Row) error {
		kind, owner, object, parent := string(row.Text(0)), string(row.Text(1)), string(row.Text(2)), string(row.Text(3))
		increment, current := row.Int64(4), row.Int64(5) != 0
		if err := row.Err(); err != nil {
			return err
		}
		add(e, kind, owner+".", object, parent, increment)
		if current {
			add(e, kind, "", object, parent, increment)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("oracle: can't read what exists: %w", err)
	}
	return e, nil
}

func add(e *dialect.Existing, kind, prefix, object, parent string, increment int64) {
	switch kind {
	case "table":
		e.Tables[prefix+object] = true
	case "index":
		e.Indexes[prefix+parent+"/"+object] = true
	case "sequence":
		e.Sequences[prefix+object] = increment
	}
}
