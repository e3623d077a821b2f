package modernc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Memory is the path of a database that lives in memory, and as long as its
// one connection.
const Memory = ":memory:"

const defaultBusyTimeout = 5 * time.Second

// Config says which database to open and how. Its zero value but for Path is
// what a server program wants.
type Config struct {
	// Path is a file, or Memory.
	Path string
	// ReadOnly opens the file without the right to write; it must exist.
	ReadOnly bool
	// NoCreate refuses to make a file that does not exist.
	NoCreate bool
	// Immutable promises that nobody changes the file while it is open, such
	// as on read-only media: SQLite then takes no locks. It implies ReadOnly.
	Immutable bool
	// BusyTimeout is how long a statement waits for a lock that another
	// connection holds: 5 s if 0, not at all if negative.
	BusyTimeout time.Duration
	// JournalMode is "wal" for files if empty.
	JournalMode string
	// Synchronous is "normal" if empty and the journal is a WAL, which then
	// survives a crash of the program, and keeps the database whole, though
	// perhaps without its last transactions, after a loss of power.
	Synchronous string
	// NoForeignKeys leaves foreign keys unenforced.
	NoForeignKeys bool
	// Pragmas are set on each connection, in this order.
	Pragmas []Pragma
}

// Pragma is a setting of a connection that has no field of its own in Config:
// auto_vacuum, cache_size, cache_spill, case_sensitive_like, cell_size_check,
// mmap_size, page_size, recursive_triggers, secure_delete, temp_store,
// trusted_schema, wal_autocheckpoint or journal_size_limit.
type Pragma struct{ Name, Value string }

// words lists the values that a setting may have; nil stands for a number.
var words = map[string][]string{
	"journal_mode":        {"delete", "memory", "off", "persist", "truncate", "wal"},
	"synchronous":         {"extra", "full", "normal", "off"},
	"auto_vacuum":         {"full", "incremental", "none"},
	"cache_size":          nil,
	"cache_spill":         onOff,
	"case_sensitive_like": onOff,
	"cell_size_check":     onOff,
	"journal_size_limit":  nil,
	"mmap_size":           nil,
	"page_size":           nil,
	"recursive_triggers":  onOff,
	"secure_delete":       {"fast", "off", "on"},
	"temp_store":          {"default", "file", "memory"},
	"trusted_schema":      onOff,
	"wal_autocheckpoint":  nil,
}

var onOff = []string{"off", "on"}

// ParseConfig reads the path and the query of a URL. An option that it does
// not know is refused by name, and so is a value that SQLite would ignore.
func ParseConfig(path string, query map[string][]string) (Config, error) {
	cfg := Config{Path: path}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if len(values) != 1 {
			return Config{}, fmt.Errorf("sqlite: option %s is given %d times; give it once", name, len(values))
		}
		if err := cfg.set(name, strings.ToLower(values[0])); err != nil {
			return Config{}, err
		}
	}
	return cfg, cfg.check()
}

func (c *Config) set(name, value string) (err error) {
	switch name {
	case "mode":
		return c.setMode(value)
	case "cache":
		if value != "private" {
			return errors.New("sqlite: option cache: only private is supported; connections to a file share it without a shared cache")
		}
	case "immutable":
		c.Immutable, err = truth(name, value)
	case "foreign_keys":
		var on bool
		on, err = truth(name, value)
		c.NoForeignKeys = !on
	case "busy_timeout":
		c.BusyTimeout, err = timeout(name, value)
	case "journal_mode":
		c.JournalMode = value
	case "synchronous":
		c.Synchronous = value
	default:
		if _, known := words[name]; !known {
			return fmt.Errorf("sqlite: unknown option %q; the known ones are %s", name, strings.Join(optionNames(), ", "))
		}
		c.Pragmas = append(c.Pragmas, Pragma{Name: name, Value: value})
	}
	return err
}

func (c *Config) setMode(value string) error {
	switch value {
	case "ro":
		c.ReadOnly = true
	case "rw":
		c.NoCreate = true
	case "rwc":
	case "memory":
		if c.Path != Memory {
			return errors.New("sqlite: option mode=memory: give the path :memory: instead")
		}
	default:
		return errors.New("sqlite: option mode: give ro, rw or rwc")
	}
	return nil
}

func optionNames() []string {
	names := []string{"busy_timeout", "cache", "foreign_keys", "immutable", "mode"}
	names = slices.AppendSeq(names, maps.Keys(words))
	slices.Sort(names)
	return names
}

func truth(name, value string) (bool, error) {
	switch value {
	case "on", "1", "true", "yes":
		return true, nil
	case "off", "0", "false", "no":
		return false, nil
	}
	return false, fmt.Errorf("sqlite: option %s: give on or off", name)
}

// timeout reads milliseconds, as SQLite's pragma has them, or a Go duration.
// Zero in either form is no waiting, which Config spells as a negative.
func timeout(name, value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if ms, numErr := strconv.ParseInt(value, 10, 32); numErr == nil {
		d, err = time.Duration(ms)*time.Millisecond, nil
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("sqlite: option %s: give milliseconds, or a duration such as 5s", name)
	}
	if d == 0 {
		return -1, nil
	}
	return d, nil
}

// check finds what Connect would stumble over, or worse, what SQLite would
// ignore: a pragma with a misspelled value is no error there.
func (c *Config) check() error {
	switch {
	case c.Path == "":
		return errors.New("sqlite: the path is empty; give :memory: or a file")
	case strings.IndexByte(c.Path, 0) >= 0:
		return errors.New("sqlite: the path holds a NUL")
	case strings.HasPrefix(c.Path, "file:"):
		return errors.New("sqlite: the path is a file: URI; give the bare path, and options as fields of Config or in the query of a URL")
	case c.Path == Memory && (c.ReadOnly || c.Immutable):
		return errors.New("sqlite: a database in memory starts empty; it can't be read-only or immutable")
	}
	all := append([]Pragma{{"journal_mode", c.JournalMode}, {"synchronous", c.Synchronous}}, c.Pragmas...)
	for i, p := range all {
		if i < 2 && p.Value == "" {
			continue
		}
		if err := p.check(); err != nil {
			return err
		}
	}
	return nil
}

func (p Pragma) check() error {
	allowed, known := words[p.Name]
	if !known {
		return fmt.Errorf("sqlite: unknown pragma %q; the known ones are %s", p.Name, strings.Join(optionNames(), ", "))
	}
	if allowed == nil {
		if _, err := strconv.ParseInt(p.Value, 10, 64); err != nil {
			return fmt.Errorf("sqlite: option %s: give a whole number", p.Name)
		}
		return nil
	}
	if !slices.Contains(allowed, strings.ToLower(p.Value)) {
		return fmt.Errorf("sqlite: option %s: give one of %s", p.Name, strings.Join(allowed, ", "))
	}
	return nil
}

func (c *Config) readOnly() bool { return c.ReadOnly || c.Immutable }

func (c *Config) busyTimeout() time.Duration {
	if c.BusyTimeout == 0 {
		return defaultBusyTimeout
	}
	return max(c.BusyTimeout, 0)
}
