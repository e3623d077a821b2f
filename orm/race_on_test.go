//go:build race

package orm_test

// raceBytes is what the race detector adds to the bytes of a row on MariaDB: 346
// were seen, and 309 without it.
const raceBytes = 45
