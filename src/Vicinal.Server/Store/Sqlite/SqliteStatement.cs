using System.Text;

namespace Vicinal.Server.Store.Sqlite;

/// <summary>A prepared statement. Parameters count from 1, columns from 0, as in SQLite.</summary>
internal sealed class SqliteStatement(SqliteConnection connection, nint handle) : IDisposable
{
    private nint _handle = handle;

    public SqliteStatement Bind(int index, long value)
    {
        Check(SqliteApi.BindInt64(_handle, index, value));
        return this;
    }

    public SqliteStatement Bind(int index, string text) => Bind(index, Encoding.UTF8.GetBytes(text));

    public unsafe SqliteStatement Bind(int index, ReadOnlySpan<byte> text)
    {
        // An empty span pins to a null pointer, which SQLite would bind as NULL.
        byte nothing = 0;
        fixed (byte* start = text)
        {
            Check(SqliteApi.BindText(_handle, index, start == null ? &nothing : start, text.Length, SqliteApi.Transient));
        }

        return this;
    }

    /// <summary>True on a row, false at the end.</summary>
    public bool Step()
    {
        int code = SqliteApi.Step(_handle);
        return code switch
        {
            SqliteApi.Row => true,
            SqliteApi.Done => false,
            _ => throw Failed(code),
        };
    }

    /// <summary>Runs a statement without rows and makes it ready for the next time.</summary>
    public void Execute()
    {
        int code = SqliteApi.Step(_handle);
        if (code != SqliteApi.Done)
        {
            throw Failed(code);
        }

        _ = SqliteApi.Reset(_handle);
    }

    public long Int64(int column) => SqliteApi.ColumnInt64(_handle, column);

    /// <summary>The bytes of a text column; valid until the next step.</summary>
    public unsafe ReadOnlySpan<byte> Text(int column)
    {
        // The order is SQLite's: the text first, then its length in that encoding.
        byte* text = SqliteApi.ColumnText(_handle, column);
        return new ReadOnlySpan<byte>(text, text == null ? 0 : SqliteApi.ColumnBytes(_handle, column));
    }

    public void Dispose()
    {
        _ = SqliteApi.Finish(_handle);
        _handle = 0;
    }

    private void Check(int code)
    {
        if (code != SqliteApi.Ok)
        {
            throw Failed(code);
        }
    }

    private SqliteException Failed(int code)
    {
        // The message belongs to the failed call, so it is taken before the reset.
        SqliteException failure = connection.Failure(code);
        _ = SqliteApi.Reset(_handle);
        return failure;
    }
}
