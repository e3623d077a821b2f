package oracle

import (
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// The options of tables and indexes
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CREATE-TABLE.html,
// https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CREATE-INDEX.html).
var (
	knownTableOptions = compile.KnownOptions{
		"oracle.on_commit":  compile.OptionOneOf("PRESERVE ROWS", "DELETE ROWS"),
		"oracle.compress":   compressed,
		"oracle.tablespace": compile.OptionWord,
	}
	knownIndexOptions = compile.KnownOptions{
		"oracle.bitmap":     compile.OptionFlag,
		"oracle.compress":   compile.OptionNumber,
		"oracle.tablespace": compile.OptionWord,
	}
)

var compressed = compile.OptionOneOf("BASIC", "ADVANCED")

const optionPrefix = "oracle."

func writeTableOptions(d *compile.DDL, t *schema.Table) {
	if v := t.Options["oracle.on_commit"]; v != "" {
		d.Text(" ON COMMIT " + strings.ToUpper(v))
	}
	if v := t.Options["oracle.compress"]; v != "" {
		d.Text(" ROW STORE COMPRESS " + strings.ToUpper(v))
	}
	if v := t.Options["oracle.tablespace"]; v != "" {
		d.Text(" TABLESPACE ")
		d.Identifier(v)
	}
}

func indexWords(ix *schema.Index) (compile.IndexWords, error) {
	words := compile.IndexWords{}
	if err := knownIndexOptions.Check(optionPrefix, "index "+ix.Name, ix.Options); err != nil {
		return words, err
	}
	if compile.Flag(ix.Options, "oracle.bitmap") {
		words.Kind = "BITMAP"
		// https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CREATE-INDEX.html
		if ix.Unique {
			return words, unsupported("bitmap indexes that are unique", "leave oracle.bitmap or Unique out")
		}
		if ix.Options["oracle.compress"] != "" {
			return words, unsupported("COMPRESS of bitmap indexes", "leave oracle.compress out: they are compressed by themselves")
		}
	}
	if v := ix.Options["oracle.compress"]; v != "" {
		words.End += " COMPRESS " + v
	}
	if v := ix.Options["oracle.tablespace"]; v != "" {
		words.End += " TABLESPACE " + v
	}
	return words, nil
}

func refresh(d *compile.DDL, e schema.RefreshView) {
	if e.Concurrently {
		d.Unsupported("REFRESH CONCURRENTLY", "leave Concurrently out")
		return
	}
	d.Text("BEGIN DBMS_MVIEW.REFRESH(")
	var quoted []byte
	var err error
	if e.View.Schema != "" {
		if quoted, err = identifiers.Append(quoted, e.View.Schema); err != nil {
			d.Fail(err)
		}
		quoted = append(quoted, '.')
	}
	if quoted, err = identifiers.Append(quoted, e.View.Name); err != nil {
		d.Fail(err)
	}
	d.String(string(quoted))
	d.Text("); END;")
}
