//go:build race

package orm_test

// slack is how much more is allocated under the race detector, where sync.Pool
// drops a part of what it is given.
const slack = 3
