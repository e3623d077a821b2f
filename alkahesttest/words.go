package alkahesttest

import (
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
)

// kind is what a text means to a sandbox.
type kind uint8

const (
	plain     kind = iota // a read, a savepoint, anything else
	writes                // rows
	defines               // DDL, and what else commits by itself where DDL does
	begins                // a transaction
	sets                  // what the next transaction is like
	commits               // the transaction
	rollsBack             // the transaction
	chains                // ends a transaction and begins the next
	twoPhase
)

// ofTx reports whether the text begins or ends a transaction.
func (k kind) ofTx() bool { return k >= begins }

// opens reports whether the text is part of the beginning of a transaction.
func (k kind) opens() bool { return k == begins || k == sets }

// kinds are those of texts by their first words; the longest counts.
// What commits by itself where DDL does is told by
// https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/.
var kinds = map[string]kind{
	"INSERT": writes, "UPDATE": writes, "DELETE": writes, "MERGE": writes, "REPLACE": writes, "COPY": writes,
	"CREATE": defines, "ALTER": defines, "DROP": defines, "TRUNCATE": defines, "RENAME": defines, "GRANT": defines,
	"REVOKE": defines, "COMMENT": defines, "LOCK TABLE": defines, "LOCK TABLES": defines, "ANALYZE TABLE": defines, "CHECK TABLE": defines,
	"OPTIMIZE": defines, "REPAIR": defines, "FLUSH": defines, "CACHE INDEX": defines, "LOAD INDEX": defines, "INSTALL": defines,
	"UNINSTALL": defines, "SET PASSWORD": defines, "SET AUTOCOMMIT": defines,
	"CREATE TEMPORARY": plain, "DROP TEMPORARY": plain,
	"BEGIN": begins, "START TRANSACTION": begins, "SET TRANSACTION": sets,
	"COMMIT": commits, "END": commits, "ROLLBACK": rollsBack, "ABORT": rollsBack,
	"ROLLBACK TO": plain, "ROLLBACK WORK TO": plain, "ROLLBACK TRANSACTION TO": plain,
	"COMMIT AND": chains, "ROLLBACK AND": chains, "COMMIT WORK AND": chains, "ROLLBACK WORK AND": chains,
	"PREPARE TRANSACTION": twoPhase, "COMMIT PREPARED": twoPhase, "ROLLBACK PREPARED": twoPhase, "XA": twoPhase,
}

func kindOf(sql string) kind {
	words := firstWords(sql, 3)
	for n := len(words); n > 0; n-- {
		if k, ok := kinds[strings.Join(words[:n], " ")]; ok {
			return k
		}
	}
	return plain
}

// firstWords returns the first words of a text in upper case, without comments.
func firstWords(sql string, n int) []string {
	var words []string
	for len(words) < n {
		sql = strings.TrimLeft(sql, " \t\r\n\f(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
			continue
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
			continue
		}
		end := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' })
		if end < 0 {
			end = len(sql)
		}
		if end == 0 {
			break
		}
		words = append(words, strings.ToUpper(sql[:end]))
		sql = sql[end:]
	}
	return slices.Clip(words)
}

// head is what a statement is called in messages; it shows no value.
func head(sql string) string { return strings.Join(firstWords(sql, 2), " ") }

func (b *sandbox) lacks(what string) error {
	return &compile.UnsupportedError{
		Construct: what, Dialect: "a sandbox of " + b.db.Dialect().Name(), Instead: "use alkahesttest.NewTemplate, whose databases are whole",
	}
}
