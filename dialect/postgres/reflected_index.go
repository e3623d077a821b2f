package postgres

import (
	"encoding/json"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// reflectIndexes tells of each term the column or the expression, the bits of
// indoption (1: descending, 2: nulls first), and the class of operators and the
// collation where they are not those of the type and the column.
const reflectIndexes = `SELECT CAST(i.indrelid AS BIGINT), x.relname, i.indisunique, am.amname, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
    coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'true', coalesce(array_to_string(x.reloptions, ', '), ''),
    coalesce((SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = x.reltablespace), ''), coalesce(obj_description(x.oid, 'pg_class'), ''),
    CAST((SELECT json_agg(json_build_object('column', a.attname, 'expression', CASE WHEN i.indkey[k] = 0 THEN pg_get_indexdef(i.indexrelid, k + 1, false) END,
        'option', i.indoption[k], 'class', CASE WHEN NOT o.opcdefault THEN o.opcname END,
        'odd', xa.attcollation <> 0 AND i.indkey[k] <> 0 AND i.indcollation[k] <> a.attcollation OR to_jsonb(xa) ->> 'attoptions' IS NOT NULL) ORDER BY k)
      FROM generate_series(0, i.indnatts - 1) k
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND i.indkey[k] <> 0
      LEFT JOIN pg_catalog.pg_attribute xa ON xa.attrelid = i.indexrelid AND xa.attnum = k + 1
      LEFT JOIN pg_catalog.pg_opclass o ON k < i.indnkeyatts AND o.oid = i.indclass[k]) AS TEXT),
    CAST(i.indnkeyatts AS BIGINT), pg_get_indexdef(i.indexrelid), NOT i.indisvalid
  FROM rel c
  JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = x.relam
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY i.indrelid, x.relname`

type termRow struct {
	Column, Expression, Class string
	Option                    int
	Odd                       bool
}

// index reads a row of reflectIndexes.
func (r *reflection) index(row sqltype.Row) error {
	t := r.byOID[row.Int64(0)]
	if t == nil {
		return nil
	}
	ix := dialect.ReflectedIndex{
		Name: string(row.Text(1)), Unique: row.Bool(2), Where: string(row.Text(4)), NullsNotDistinct: row.Bool(5), Comment: string(row.Text(8)),
	}
	if method := string(row.Text(3)); method != "btree" {
		setOption(t, &ix.Options, "postgres.using", method)
	}
	if v := string(row.Text(6)); v != "" {
		setOption(t, &ix.Options, "postgres.with", v)
	}
	if v := string(row.Text(7)); v != "" {
		setOption(t, &ix.Options, "postgres.tablespace", v)
	}
	var terms []termRow
	if err := json.Unmarshal(row.Text(9), &terms); err != nil {
		return err
	}
	odd := row.Bool(12)
	for i, term := range terms {
		if int64(i) >= row.Int64(10) {
			ix.Include = append(ix.Include, term.Column)
			continue
		}
		odd = odd || term.Odd || term.Class != "" && term.Column == ""
		if term.Class != "" && term.Column != "" {
			setOption(t, &ix.Options, "postgres.ops."+term.Column, term.Class)
		}
		ix.Terms = append(ix.Terms, reflectedTerm(term))
	}
	if odd {
		t.Beyond = append(t.Beyond, "has the index "+string(row.Text(11)))
	}
	t.Indexes = append(t.Indexes, ix)
	return nil
}

func reflectedTerm(r termRow) dialect.ReflectedTerm {
	expression := strings.TrimSpace(r.Expression)
	term := dialect.ReflectedTerm{Column: r.Column, Expression: expression, Descending: r.Option&1 != 0}
	first := r.Option&2 != 0
	term.NullsFirst, term.NullsLast = first && !term.Descending, !first && term.Descending
	return term
}
