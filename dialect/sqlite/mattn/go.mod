module github.com/alkahest-go/alkahest/dialect/sqlite/mattn

go 1.26.0

require (
	github.com/alkahest-go/alkahest v0.0.0
	github.com/mattn/go-sqlite3 v1.14.53
)

require (
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	golang.org/x/sync v0.23.0 // indirect
)

replace github.com/alkahest-go/alkahest => ../../..
