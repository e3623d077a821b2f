// Package entpeer is what ent 0.14.5 generated of the tables in
// entpeer/schema, for the contestant in peer_ent.go:
//
//	go run entgo.io/ent/cmd/ent generate --feature sql/upsert ./entpeer/schema
//
// Its packages hook, enttest and runtime, which nobody uses, were left out.
package entpeer
