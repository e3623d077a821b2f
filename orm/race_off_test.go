//go:build !race

package orm_test

const slack = 1
