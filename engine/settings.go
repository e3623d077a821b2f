package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/dialect"
)

// OpenSettings is Open with the URL and the options from a map of strings, such
// as a section of a configuration file or of the environment. Only keys with the
// prefix, which may be "", are looked at; without it, "url" is the URL, and the
// others are the fields of Options in the spelling pool_size, which take
// whole numbers, true and false, or times as 30s. Those of Execution are isolation
// ("read committed") and name. echo is true for the default logger, or the level
// at which that is used. A key that is not known is refused by name. opts come
// after the settings.
func OpenSettings(ctx context.Context, settings map[string]string, prefix string, opts ...Option) (*Engine, error) {
	url, ok := settings[prefix+"url"]
	if !ok {
		return nil, fmt.Errorf("engine: the settings lack %q", prefix+"url")
	}
	fromMap, err := optionsOf(settings, prefix)
	if err != nil {
		return nil, err
	}
	return Open(ctx, url, append([]Option{fromMap}, opts...)...)
}

// optionsOf reads all settings before it complains.
func optionsOf(settings map[string]string, prefix string) (Option, error) {
	var set []Option
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		name, mine := strings.CutPrefix(key, prefix)
		if !mine || name == "url" {
			continue
		}
		read := knownSettings[name]
		if read == nil {
			names := strings.Join(slices.Sorted(maps.Keys(knownSettings)), ", ")
			errs = append(errs, fmt.Errorf("engine: there is no setting %q; there are url, %s", key, names))
			continue
		}
		option, err := read(strings.TrimSpace(settings[key]))
		if err != nil {
			errs = append(errs, fmt.Errorf("engine: the setting %q: %w", key, err))
			continue
		}
		set = append(set, option)
	}
	return func(o *Options) {
		for _, option := range set {
			option(o)
		}
	}, errors.Join(errs...)
}

// setting reads the text of one setting.
type setting func(text string) (Option, error)

var knownSettings = map[string]setting{
	"pool_size":            field(readInt, func(o *Options) *int { return &o.PoolSize }),
	"overflow":             field(readInt, func(o *Options) *int { return &o.Overflow }),
	"pool_timeout":         field(readDuration, func(o *Options) *time.Duration { return &o.PoolTimeout }),
	"connect_timeout":      field(readDuration, func(o *Options) *time.Duration { return &o.ConnectTimeout }),
	"recycle":              field(readDuration, func(o *Options) *time.Duration { return &o.Recycle }),
	"pre_ping":             field(readBool, func(o *Options) *bool { return &o.PrePing }),
	"statement_cache_size": field(readInt, func(o *Options) *int { return &o.StatementCacheSize }),
	"prepared_cache_size":  field(readInt, func(o *Options) *int { return &o.PreparedCacheSize }),
	"show_parameters":      field(readBool, func(o *Options) *bool { return &o.ShowParameters }),
	"isolation":            field(readIsolation, func(o *Options) *Isolation { return &o.Execution.Isolation }),
	"name":                 field(readText, func(o *Options) *string { return &o.Execution.Name }),
	"echo":                 readEcho,
}

func field[T any](read func(string) (T, error), of func(o *Options) *T) setting {
	return func(text string) (Option, error) {
		v, err := read(text)
		return func(o *Options) { *of(o) = v }, err
	}
}

func readText(text string) (string, error) { return text, nil }

func readInt(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errors.New("it is a whole number")
	}
	return n, nil
}

func readBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0", "":
		return false, nil
	}
	return false, errors.New("it is true or false")
}

// readDuration takes a plain number as seconds.
func readDuration(text string) (time.Duration, error) {
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("it is a time such as 30s or 5m, or a number of seconds")
	}
	return d, nil
}

func readIsolation(text string) (Isolation, error) {
	want := strings.NewReplacer("_", " ", "-", " ").Replace(text)
	for level := dialect.ReadUncommitted; level <= dialect.Serializable; level++ {
		if strings.EqualFold(want, level.String()) {
			return level, nil
		}
	}
	return 0, errors.New("it is read uncommitted, read committed, repeatable read, snapshot or serializable")
}

func readEcho(text string) (Option, error) {
	var level slog.Level
	if level.UnmarshalText([]byte(text)) == nil {
		return func(o *Options) { o.Echo, o.EchoLevel = slog.Default(), level }, nil
	}
	on, err := readBool(text)
	if err != nil {
		return nil, errors.New("it is true, false, or a level: debug, info, warn or error")
	}
	return func(o *Options) {
		if on {
			o.Echo = slog.Default()
		}
	}, nil
}
