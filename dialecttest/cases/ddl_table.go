package cases

import "github.com/alkahest-go/alkahest/schema"

var ddlTables = []Case{
	ddl("ddl-table-001", func(s *Schema) []schema.Element { return []schema.Element{schema.CreateTable{Table: s.Users.Table}} }),
	ddl("ddl-table-005", func(s *Schema) []schema.Element {
		return []schema.Element{schema.CreateTable{Table: s.OrderTags.Table}}
	}).
		after(func(s *Schema) []schema.Element {
			return []schema.Element{
				schema.CreateTable{Table: s.Users.Table}, schema.CreateTable{Table: s.Orders.Table}, schema.CreateTable{Table: s.Tags.Table},
			}
		}),
}
