package driver

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// validateText refuses what a host can't be told exactly: JSON would put another
// text in the place of one that is no UTF-8, and the kernel ends one at its NUL. It
// goes through all of the spec, so that no field can be forgotten.
func validateText(s Spec) error { return exactText("", reflect.ValueOf(s)) }

func exactText(at string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		if !exact(v.String()) {
			return field(at, "holds text that is no UTF-8 or has a NUL") // not which: it may be a secret
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return exactText(at, v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil // content, which may be anything
		}
		return exactElements(at, v)
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			for _, part := range []reflect.Value{each.Key(), each.Value()} {
				if err := exactText(at, part); err != nil {
					return err
				}
			}
		}
	case reflect.Struct:
		return exactFields(at, v)
	default: // numbers and truths
	}
	return nil
}

func exactElements(at string, v reflect.Value) error {
	for i := range v.Len() {
		path := at
		if v.Index(i).Kind() == reflect.Struct {
			path = fmt.Sprintf("%s[%d]", at, i)
		}
		if err := exactText(path, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func exactFields(at string, v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue // of netip.Addr, which has no text
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if err := exactText(strings.TrimPrefix(at+"."+name, "."), v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func exact(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }
