package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// The options of tables and indexes
// (https://www.postgresql.org/docs/current/sql-createtable.html,
// https://www.postgresql.org/docs/current/sql-createindex.html).
var (
	knownTableOptions = compile.KnownOptions{
		optionSerial:          compile.OptionFlag,
		"postgres.unlogged":   compile.OptionFlag,
		"postgres.using":      compile.OptionWord,
		"postgres.with":       compile.OptionSettings,
		"postgres.tablespace": compile.OptionWord,
		"postgres.on_commit":  compile.OptionOneOf("PRESERVE ROWS", "DELETE ROWS", "DROP"),
		"postgres.inherits":   compile.OptionWord,
	}
	knownIndexOptions = compile.KnownOptions{
		"postgres.using":        compile.OptionWord,
		"postgres.with":         compile.OptionSettings,
		"postgres.tablespace":   compile.OptionWord,
		"postgres.concurrently": compile.OptionFlag,
		"postgres.ops.":         compile.OptionWord,
	}
)

const optionPrefix = "postgres."

func tablePrefix(t *schema.Table) string {
	if option(t, "postgres.unlogged") {
		return "UNLOGGED "
	}
	return ""
}

func writeTableOptions(d *compile.DDL, t *schema.Table) {
	write := func(key, before, after string) {
		if v := t.Options[key]; v != "" {
			d.Text(before + v + after)
		}
	}
	if v := t.Options["postgres.inherits"]; v != "" {
		d.Text(" INHERITS (")
		d.Identifier(v)
		d.Text(")")
	}
	write("postgres.using", " USING ", "")
	write("postgres.with", " WITH (", ")")
	write("postgres.on_commit", " ON COMMIT ", "")
	write("postgres.tablespace", " TABLESPACE ", "")
}

func indexWords(ix *schema.Index) (compile.IndexWords, error) {
	if err := knownIndexOptions.Check(optionPrefix, "index "+ix.Name, ix.Options); err != nil {
		return compile.IndexWords{}, err
	}
	o := ix.Options
	words := compile.IndexWords{Term: func(column string) string {
		if class := o["postgres.ops."+column]; class != "" {
			return " " + class
		}
		return ""
	}}
	if compile.Flag(o, "postgres.concurrently") {
		words.Name = "CONCURRENTLY"
	}
	if v := o["postgres.using"]; v != "" {
		words.Using = " USING " + v
	}
	if v := o["postgres.with"]; v != "" {
		words.With = " WITH (" + v + ")"
	}
	if v := o["postgres.tablespace"]; v != "" {
		words.With += " TABLESPACE " + v
	}
	return words, nil
}

func refresh(d *compile.DDL, e schema.RefreshView) {
	d.Text("REFRESH MATERIALIZED VIEW ")
	if e.Concurrently {
		d.Text("CONCURRENTLY ")
	}
	d.TableName(e.View)
}
