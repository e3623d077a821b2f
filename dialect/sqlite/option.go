package sqlite

import (
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// optionConflict says what a row that violates the constraint comes to
// (https://www.sqlite.org/lang_conflict.html).
const (
	optionConflict        = "sqlite.on_conflict"
	optionConflictKey     = "sqlite.on_conflict_primary_key"
	optionConflictNotNull = "sqlite.on_conflict_not_null"
	optionPrefix          = "sqlite."
)

var (
	onConflict         = compile.OptionOneOf("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
	knownKeyOptions    = compile.KnownOptions{optionConflict: onConflict}
	knownIndexOptions  = compile.KnownOptions{}
	knownColumnOptions = compile.KnownOptions{optionConflictKey: onConflict, optionConflictNotNull: onConflict}
)

func conflictClause(options map[string]string, key string) string {
	if v := options[key]; v != "" {
		return " ON CONFLICT " + strings.ToUpper(v)
	}
	return ""
}

// keyWords are those of a primary key or UNIQUE.
func keyWords(c schema.Constraint, options map[string]string) (before, after string, err error) {
	if err := knownKeyOptions.Check(optionPrefix, "a key", options); err != nil {
		return "", "", err
	}
	after = conflictClause(options, optionConflict)
	if pk, ok := c.(*schema.PrimaryKeyConstraint); ok && after == "" && len(pk.Columns) == 1 {
		after = conflictClause(pk.Columns[0].Options, optionConflictKey)
	}
	return "", after, nil
}

func indexWords(ix *schema.Index) (compile.IndexWords, error) {
	return compile.IndexWords{}, knownIndexOptions.Check(optionPrefix, "index "+ix.Name, ix.Options)
}

// keyConflict is the clause of a key that its column declares.
func keyConflict(col *schema.Column) string {
	if clause := conflictClause(col.Options, optionConflictKey); clause != "" {
		return clause
	}
	return conflictClause(col.Table.PrimaryKey.Options, optionConflict)
}
