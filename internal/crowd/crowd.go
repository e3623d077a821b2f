// Package crowd holds the test in which several processes of many goroutines
// each insert through every kind of generator at once, and one of them is
// killed on the way. Each process writes down which value each row was given
// before it commits, and afterwards that the commit succeeded; the database must
// agree with every journal, and no value may have been given twice.
//
// It has tests only. It knows the engine, the ORM and the products' glue.
package crowd
