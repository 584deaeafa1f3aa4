package driver

// As finds an optional interface T, such as [Waiter], in a driver. It looks
// behind wrappers that have an Unwrap() Driver method, so that a wrapper that
// adds logging, say, loses none of what it wraps. A wrapper that wants to hide or
// change an optional interface implements it itself.
func As[T any](d Driver) (T, bool) {
	for d != nil {
		if t, ok := d.(T); ok {
			return t, true
		}
		wrapper, ok := d.(interface{ Unwrap() Driver })
		if !ok {
			break
		}
		d = wrapper.Unwrap()
	}
	var none T
	return none, false
}
