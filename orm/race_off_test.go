//go:build !race

package orm_test

const raceBytes = 0
