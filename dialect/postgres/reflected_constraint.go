package postgres

import (
	"encoding/json"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// reflectConstraints reads columns of later versions by name. NOT NULL is told
// with the columns, and constraint triggers are triggers.
const reflectConstraints = `SELECT CAST(k.conrelid AS BIGINT), k.conname, CAST(k.contype AS TEXT), k.condeferrable, k.condeferred,
    (SELECT coalesce(json_agg(a.attname ORDER BY u.n), '[]') FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num)::text,
    coalesce((SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)::text, '[]'),
    coalesce(fn.nspname, ''), coalesce(f.relname, ''), CAST(k.confdeltype AS TEXT), CAST(k.confupdtype AS TEXT), k.confmatchtype = 'f',
    pg_get_constraintdef(k.oid), coalesce(pg_get_expr(k.conbin, k.conrelid), ''), coalesce(obj_description(k.oid, 'pg_constraint'), ''),
    coalesce(to_jsonb(x) ->> 'indnullsnotdistinct', 'false') = 'true',
    coalesce(k.connoinherit AND k.contype = 'c' OR coalesce(to_jsonb(k) ->> 'conenforced', 'true') <> 'true' OR coalesce(to_jsonb(k) ->> 'conperiod', 'false') = 'true'
      OR to_jsonb(k) ->> 'confdelsetcols' IS NOT NULL OR coalesce(x.indnatts <> x.indnkeyatts, false) OR xc.reloptions IS NOT NULL OR xc.reltablespace <> 0, false)
  FROM rel c
  JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  LEFT JOIN pg_catalog.pg_class f ON f.oid = nullif(k.confrelid, 0)
  LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u')
  LEFT JOIN pg_catalog.pg_class xc ON xc.oid = x.indexrelid
  ORDER BY k.conrelid, k.conname`

var reflectedActions = map[string]schema.Action{
	"a": schema.NoAction, "r": schema.Restrict, "c": schema.Cascade, "n": schema.SetNull, "d": schema.SetDefault,
}

// written is a constraint in the words of the database's catalog.
type written struct {
	schema.CustomConstraint
	name, definition string
}

var _ compile.ConstraintRenderer = written{}

// ConstraintName implements compile.ConstraintRenderer.
func (w written) ConstraintName() string { return w.name }

// RenderConstraint implements compile.ConstraintRenderer.
func (w written) RenderConstraint(d *compile.DDL) {
	if d.Rules().Dialect != name && d.Rules().Parent != name {
		d.Unsupported("the constraint "+w.name+", which was read from PostgreSQL", "leave it out there by schema.Only(schema.On(\"postgresql\"), …)")
		return
	}
	d.Text(w.definition)
}

// constraint reads a row of reflectConstraints.
func (r *reflection) constraint(row sqltype.Row) error {
	t := r.byOID[row.Int64(0)]
	if t == nil {
		return nil
	}
	key := dialect.ReflectedKey{
		Name: string(row.Text(1)), Deferrable: row.Bool(3), Deferred: row.Bool(4), Comment: string(row.Text(14)), NullsNotDistinct: row.Bool(15),
	}
	if err := json.Unmarshal(row.Text(5), &key.Columns); err != nil {
		return err
	}
	kind, definition, special := string(row.Text(2)), string(row.Text(12)), row.Bool(16)
	switch {
	case kind == "p":
		if special || key.Deferrable {
			t.Beyond = append(t.Beyond, "has the primary key "+definition)
		}
		t.PrimaryKey = &key
	case kind == "f" && !special:
		return r.foreignKey(t, key, row)
	case kind == "u" && !special:
		t.Uniques = append(t.Uniques, key)
	case kind == "c" && !special:
		t.Checks = append(t.Checks, dialect.ReflectedCheck{Name: key.Name, Condition: string(row.Text(13)), Comment: key.Comment})
	default:
		t.Constraints = append(t.Constraints, dialect.ReflectedConstraint{Name: key.Name, Definition: definition, Constraint: written{name: key.Name, definition: definition}})
	}
	return nil
}

func (r *reflection) foreignKey(t *dialect.ReflectedTable, key dialect.ReflectedKey, row sqltype.Row) error {
	fk := dialect.ReflectedForeignKey{
		Name: key.Name, Columns: key.Columns, RefSchema: r.schemas.told(string(row.Text(7))), RefTable: string(row.Text(8)),
		OnDelete: reflectedActions[string(row.Text(9))], OnUpdate: reflectedActions[string(row.Text(10))],
		Deferrable: key.Deferrable, Deferred: key.Deferred, Comment: key.Comment,
	}
	if row.Bool(11) {
		fk.Match = schema.MatchFull
	}
	if err := json.Unmarshal(row.Text(6), &fk.RefColumns); err != nil {
		return err
	}
	t.ForeignKeys = append(t.ForeignKeys, fk)
	return nil
}
