package storage

import (
	"errors"
	"strings"
)

// OneStatement refuses a text that does not hold exactly one statement, for
// drivers that run all of them. It errs on the side of refusal: a text that
// SQLite itself would not parse may be called more than one statement, never
// the other way round.
//
// It goes from token to token as sqlite3_complete does
// (https://www.sqlite.org/c3ref/complete.html), with the tokens of SQLite's own
// tokenizer, so that what ends a statement here ends it there: a semicolon
// that stands in no quotes, comment, parameter or trigger.
func OneStatement(sql string) error {
	if strings.IndexByte(sql, 0) >= 0 {
		return errors.New("sqlite: the statement holds a NUL, where SQLite would stop reading")
	}
	at := start
	for sql != "" {
		var t token
		t, sql = next(sql)
		if at == ended && t != space && t != semicolon {
			return errors.New("sqlite: the text holds more than one statement; run them one by one")
		}
		at = at.after(t)
	}
	if at == start {
		return errors.New("sqlite: the statement is empty")
	}
	return nil
}

// place is where in a statement the scanner is.
type place uint8

const (
	start     place = iota // nothing yet but space and semicolons
	explained              // EXPLAIN
	queryPlan              // EXPLAIN QUERY
	creating               // CREATE, CREATE TEMP
	within                 // any statement but CREATE TRIGGER
	trigger                // CREATE TRIGGER and what follows
	step                   // behind a semicolon of a trigger
	ended
)

// after is the place behind a token.
func (p place) after(t token) place {
	if t == space {
		return p
	}
	switch p {
	case start:
		return opened(t, start)
	case explained:
		if t == query {
			return queryPlan
		}
		return opened(t, ended)
	case queryPlan:
		if t == plan {
			return queryPlan
		}
		return opened(t, ended)
	case creating:
		switch t {
		case temp:
			return creating
		case triggers:
			return trigger
		case semicolon:
			return ended
		}
		return within
	case within:
		if t == semicolon {
			return ended
		}
		return within
	case trigger, step:
		return inTrigger(p, t)
	}
	return ended
}

// opened is the place behind a statement's first word.
func opened(t token, empty place) place {
	switch t {
	case semicolon:
		return empty
	case explain:
		return explained
	case create:
		return creating
	}
	return within
}

// inTrigger ends a trigger at the END behind a semicolon: no statement within
// one begins with END, and CASE has no semicolons.
func inTrigger(p place, t token) place {
	switch {
	case t == semicolon:
		return step
	case t == end && p == step:
		return ended
	}
	return trigger
}
