package cases

import "github.com/alkahest-go/alkahest/schema"

var ddlIndexes = []Case{
	ddl("ddl-index-constraint-022", func(*Schema) []schema.Element {
		return []schema.Element{schema.CreateSequence{Sequence: schema.NewSequence("s")}}
	}),
}
