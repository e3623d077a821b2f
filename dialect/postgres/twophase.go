package postgres

import "github.com/alkahest-go/alkahest/dialect"

// twoPhase is how transactions are prepared, which a server allows by a setting
// (https://www.postgresql.org/docs/current/sql-prepare-transaction.html).
func twoPhase(allowed bool) *dialect.TwoPhase {
	if !allowed {
		return &dialect.TwoPhase{Refused: "set the server's max_prepared_transactions, which is 0, to as many as may be prepared at once"}
	}
	return &dialect.TwoPhase{
		Prepare:            []string{"PREPARE TRANSACTION %s"},
		CommitUnprepared:   []string{"COMMIT"},
		RollbackUnprepared: []string{"ROLLBACK"},
		Commit:             []string{"COMMIT PREPARED %s"},
		Rollback:           []string{"ROLLBACK PREPARED %s"},
		List:               "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()",
	}
}
