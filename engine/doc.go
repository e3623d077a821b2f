// Package engine runs statements: it opens databases by URL, keeps pools of
// connections, compiles and prepares statements once, begins and ends
// transactions, inserts batches of rows with the ids that the database gave
// them, and creates and drops tables.
//
// It knows statements and connections. It knows no product, whose differences
// it asks dialect.Capabilities and compile.Rules for, and no objects, which
// are the ORM's.
//
// # Outcomes
//
// A statement ends in one of four ways. It is done. It is refused: the server
// answered with an error. It is lost: the connection died while nothing of it
// can have been made durable, sqlerr.ErrConnectionLost. Or its outcome is
// unknown: the connection died after an autocommit write or a COMMIT was
// handed to it, sqlerr.ErrOutcomeUnknown. No write is sent twice.
package engine
