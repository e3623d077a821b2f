// Package schema declares the tables of the benchmark for ent.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// Row is the row of ten columns.
type Row struct{ ent.Schema }

// Annotations names the table.
func (Row) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "bench_rows"}}
}

// Fields are the columns.
func (Row) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"), field.String("name"), field.String("email"), field.String("note").Optional().Nillable(), field.Float("score"),
		field.Float("weight"), field.Bool("active"), field.Time("created"), field.Bytes("payload"), field.Int64("count"),
	}
}

// Parent has children.
type Parent struct{ ent.Schema }

// Annotations names the table.
func (Parent) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "bench_parents"}}
}

// Fields are the columns.
func (Parent) Fields() []ent.Field {
	return []ent.Field{field.Int64("id"), field.String("name")}
}

// Edges are the children.
func (Parent) Edges() []ent.Edge { return []ent.Edge{edge.To("children", Child.Type)} }

// Child has a parent.
type Child struct{ ent.Schema }

// Annotations names the table.
func (Child) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "bench_children"}}
}

// Fields are the columns.
func (Child) Fields() []ent.Field {
	return []ent.Field{field.Int64("id"), field.Int64("parent_id"), field.String("name"), field.Int64("number")}
}

// Edges is the parent.
func (Child) Edges() []ent.Edge {
	return []ent.Edge{edge.From("parent", Parent.Type).Ref("children").Field("parent_id").Unique().Required()}
}
