namespace Vicinal.Server.Store.Sqlite;

/// <summary>SQLite's result codes in words that tell an operator what to do.</summary>
internal static class SqliteFaults
{
    public static StoreException Describe(string file, SqliteException failure) => failure.Primary switch
    {
        SqliteApi.Busy => new StoreException(
            $"The store {file} is in use by another process; one store has one server.", isLasting: true, failure),
        SqliteApi.CannotOpen => new StoreException(
            $"The store {file} cannot be opened: {failure.Message}. Look at the permissions of the file and of its directory.", isLasting: true, failure),
        SqliteApi.ReadOnly => new StoreException($"The store {file} cannot be written: {failure.Message}.", isLasting: true, failure),
        SqliteApi.NotADatabase => new StoreException($"The file {file} is not a Vicinal store: {failure.Message}.", isLasting: true, failure),
        SqliteApi.Corrupt => Damaged(file, failure.Message, failure),
        SqliteApi.Full => new StoreException($"No space is left where the store {file} is.", inner: failure),

        // A write that failed is rolled back and may be tried again. After a sync that failed nobody knows what the kernel
        // still holds in its cache and calls clean, so nothing more may be promised on top of it.
        SqliteApi.IoError when failure.Code is SqliteApi.IoErrorWrite => new StoreException(
            $"The store {file} could not be written: {failure.Message}.", inner: failure),
        SqliteApi.IoError => new StoreException(
            $"The disk under the store {file} failed: {failure.Message}. The server reads on and writes no more; look at the disk, then restart it.",
            isLasting: true,
            failure),
        _ => new StoreException($"The store {file} failed: {failure.Message}.", inner: failure),
    };

    public static StoreException Damaged(string file, string what, Exception? inner = null) => new(
        $"The store {file} is damaged: {what}. Restore it from a backup, or rescue what is left with `sqlite3 {file} .recover`.",
        isLasting: true,
        inner);
}
