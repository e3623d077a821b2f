package mysql

import (
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// knownIndexOptions are those of https://dev.mysql.com/doc/refman/8.4/en/create-index.html.
var knownIndexOptions = compile.KnownOptions{
	"mysql.using":          compile.OptionOneOf("BTREE", "HASH", "RTREE"),
	"mysql.kind":           compile.OptionOneOf("FULLTEXT", "SPATIAL"),
	"mysql.parser":         compile.OptionWord,
	"mysql.key_block_size": compile.OptionNumber,
	"mysql.length.":        compile.OptionNumber,
}

const (
	optionPrefix      = "mysql."
	mariaOptionPrefix = "mariadb."
	optionOnUpdate    = "mysql.on_update"
)

// option returns the value of an option, for MariaDB first that under its own
// name.
func (s server) option(options map[string]string, key string) (string, bool) {
	if s.maria() {
		if v, given := options[mariaOptionPrefix+strings.TrimPrefix(key, optionPrefix)]; given {
			return v, true
		}
	}
	v, given := options[key]
	return v, given
}

func (s server) checkIndexOptions(ix *schema.Index) error {
	if err := knownIndexOptions.Check(optionPrefix, "index "+ix.Name, ix.Options); err != nil {
		return err
	}
	own := map[string]string{}
	for key, v := range ix.Options {
		if rest, ok := strings.CutPrefix(key, mariaOptionPrefix); ok {
			own[optionPrefix+rest] = v
		}
	}
	return knownIndexOptions.Check(optionPrefix, "index "+ix.Name, own)
}

func (s server) indexWords(ix *schema.Index) (compile.IndexWords, error) {
	words := compile.IndexWords{}
	if err := s.checkIndexOptions(ix); err != nil {
		return words, err
	}
	words.Kind, _ = s.option(ix.Options, "mysql.kind")
	words.Kind = strings.ToUpper(words.Kind)
	words.Term = func(column string) string {
		if v, given := s.option(ix.Options, "mysql.length."+column); given {
			return "(" + v + ")"
		}
		return ""
	}
	write := func(key, before string) {
		if v, given := s.option(ix.Options, key); given {
			words.End += before + v
		}
	}
	write("mysql.key_block_size", " KEY_BLOCK_SIZE=")
	write("mysql.parser", " WITH PARSER ")
	write("mysql.using", " USING ")
	return words, nil
}

// prefixed reports whether the index takes only the beginning of the column, or
// its words.
func (s server) prefixed(ix *schema.Index, column string) bool {
	_, length := s.option(ix.Options, "mysql.length."+column)
	_, kind := s.option(ix.Options, "mysql.kind")
	return length || kind
}
