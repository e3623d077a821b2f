package gomysqlserver_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/dialecttest"
)

func TestGoMySQLServer(t *testing.T) {
	dialecttest.Run(t, dialecttest.Target{
		Name: "mysql-gomysqlserver", Open: open, Least: 300,
		// "ids" and "beside" are of rows that several write at once.
		Only:   []string{"connect", "keys", "ddl", "types", "refused", "write", "insert", "select", "queries", "operators", "transactions", "errors", "hostile"},
		Except: lacks(),
	})
}

// lacks is what the server does not do, or not as MySQL does, by the tests that
// show it.
func lacks() map[string]string {
	tests := map[string]string{}
	for reason, names := range reasons {
		for _, name := range names {
			tests[strings.ReplaceAll(name, "_", " ")] = "go-mysql-server: " + reason
		}
	}
	return tests
}

var reasons = map[string][]string{
	"savepoints are not supported in memory sessions": {
		"transactions/savepoint_released", "transactions/savepoint_rolled_back", "transactions/savepoints_nest", "transactions/outer_savepoint_undone",
		"transactions/savepoint_first", "transactions/empty_savepoint", "transactions/hundred_savepoints", "transactions/error_and_savepoint",
	},
	"foreign keys are kept and not held": {
		"ddl/dependency_order", "ddl/cycle_of_foreign_keys", "ddl/self_reference", "ddl/alter_foreign_key", "write/on_delete", "write/on_update",
		"errors/foreign_key_of_a_child", "errors/foreign_key_of_a_parent",
	},
	"LAST_INSERT_ID(n) in an UPDATE tells nothing, so that a sequence table gives no values": {
		"ddl/sequence_from_100_by_5", "ddl/identity_from_100_by_5", "ddl/sequence_from_5_by_-2", "ddl/identity_from_5_by_-2", "ddl/shared_sequence",
		"ddl/sequence_created_again", "keys/Numeric(10, 0) pk", "keys/Sequence with every kwarg",
		"keys/Sequence(nominvalue, nomaxvalue, cycle=False, increment=-1)", "keys/Sequence on a non-pk column", "keys/Identity on non-pk column",
		"keys/Identity on nullable non-pk",
	},
	"rows are not locked, and transactions see each other's": {
		"select/lock_for_update", "select/skip_locked", "select/no_wait", "insert/several_writers", "transactions/read_committed_reads_anew",
		"transactions/level_does_not_leak", "transactions/write_skew", "errors/deadlock", "errors/deadlock_is_replayed",
	},
	"an index has no expressions": {"ddl/expression_index"},
	"TIME has whole seconds":      {"types/time", "types/time_of_seconds"},
	"a connection goes on to see a table that another has dropped and made anew": {"keys/autoincrement=True with client default", "keys/client callable default"},
	"it closes the connection":                              {"refused/too_many_values", "queries/CTE of an UPDATE and a DELETE"},
	"it takes a large LIMIT for a negative one":             {"select/offset_alone"},
	"NOT IN and NOT EXISTS of a query give other rows":      {"select/not_in_a_SELECT", "select/not_exists"},
	"a remainder is a DECIMAL":                              {"operators/remainder", "operators/remainder_of_a_negative", "operators/parentheses_of_a_remainder"},
	"it has no operator ~":                                  {"operators/bit_not"},
	"errors have other numbers":                             {"errors/left_out", "errors/check", "errors/check_of_two_columns"},
	"it does not know the places of LIMIT of a UNION":       {"queries/limit_of_the_whole"},
	"ranks are of rows that follow each other in the table": {"queries/rank", "queries/dense_rank", "queries/percent_rank", "queries/named_window"},
	"it has no such function":                               {"queries/cume_dist", "queries/nth_value"},
	"sums, averages and NTILE are floating-point numbers":   {"queries/ntile", "queries/sum", "queries/sum_of_decimals", "queries/average", "queries/filter_of_a_sum"},
	"it has no ROLLUP":                                      {"queries/rollup"},
	"LEFT JOIN LATERAL gives no row for what has none":      {"queries/lateral"},
	"rows are compared in their first values only":          {"operators/rows_greater_or_equal"},
	"a name has 64 bytes, not characters":                   {"hostile/table_names", "hostile/column_names", "hostile/constraint_names"},
	"it looks through all rows for each":                    {"select/large_result", "insert/5000_rows"},
}
