package mssql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// optionClustered has a key or index hold the rows themselves, or not
// (https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql).
const (
	optionClustered = "mssql.clustered"
	optionPrefix    = "mssql."
)

var knownKeyOptions = compile.KnownOptions{optionClustered: compile.OptionFlag}

func clustered(options map[string]string) string {
	switch _, given := options[optionClustered]; {
	case !given:
		return ""
	case compile.Flag(options, optionClustered):
		return "CLUSTERED"
	}
	return "NONCLUSTERED"
}

func keyWords(_ schema.Constraint, options map[string]string) (before, after string, err error) {
	return clustered(options), "", knownKeyOptions.Check(optionPrefix, "a key", options)
}

func indexWords(ix *schema.Index) (compile.IndexWords, error) {
	if ix.Where != nil && !isFilter(ix.Where) {
		return compile.IndexWords{}, unsupported("partial indexes by another condition than comparisons with values, IS NULL and IN that are joined by AND", "index a computed column, or leave Where out")
	}
	return compile.IndexWords{Kind: clustered(ix.Options)}, knownKeyOptions.Check(optionPrefix, "index "+ix.Name, ix.Options)
}
