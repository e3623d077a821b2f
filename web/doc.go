// Package web gives each request of a web application a session of its own,
// which is committed before the handler's success is sent, and rolled back
// otherwise.
//
// It knows HTTP, as package net/http has it, sessions and engines. It knows no
// framework, whose adapters are modules of their own, and nothing of a
// program's entities.
package web
